"""The build checks the scripts that handler rules name, and writes an image that can run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import source
from handlers.scripts import folder
from shared.config import ROOT
from shared.errors import InputError
from tests.support.script_folder import add_script

pytestmark = pytest.mark.server

# The image has none of these packages.
ABSENT = "yaml", "pydantic", "sqlalchemy", "google", "requests", "typer"
START = (
    "import runpy, sys; sys.modules.update(dict.fromkeys(sys.argv[1:])); "
    "runpy.run_module('handlers.scripts.job', run_name='__main__')"
)


def test_the_image_runs_a_script_with_the_packages_that_it_has(tmp_path: Path) -> None:
    actions = tmp_path / "actions"
    add_script(actions, "clear", 'echo "cleared $PARAM_DAG_ID"')
    (actions / "requirements.txt").write_text("requests==2.32.5\n", encoding="utf-8")
    image = tmp_path / "image"
    source._scripts(image, actions, folder.read(actions).scripts)  # noqa: SLF001 - the whole build compiles every rule
    needed = (image / "requirements.txt").read_text(encoding="utf-8").split()
    assert needed[0].startswith("google-re2==")
    assert needed[1:] == ["requests==2.32.5"]
    environ = {"HINOMI_SCRIPT": "clear", "HINOMI_SCRIPT_KEY": "abc", "PARAM_DAG_ID": "load_mart"}
    done = subprocess.run(
        [sys.executable, "-c", START, *ABSENT],
        cwd=image,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout)
    assert (entry["output"], entry["hinomi_script_key"], entry["exit"]) == ("cleared load_mart", "abc", 0)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ("{script: claer}", "handlers.yaml:2: there is no valid script 'claer': did you mean 'clear'?"),
        ("{script: clear, parameters: {count: 9}}", "handlers.yaml:2: the value 9 of 'count' is not within -5–5"),
    ],
)
def test_a_rule_that_names_no_script_is_not_built(tmp_path: Path, params: str, problem: str) -> None:
    add_script(tmp_path / "actions", "clear")
    rules = tmp_path / "handlers.yaml"
    rules.write_text(f"handlers:\n  - {{name: a, action: run_script, params: {params}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"did you mean|is not within") as caught:
        source.build(tmp_path / "out", rules_dir=ROOT / "rules", handlers_file=rules, actions_dir=tmp_path / "actions")
    assert problem in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_broken_manifest_is_not_built(tmp_path: Path) -> None:
    add_script(tmp_path / "actions", "clear", more="command: [gone]")
    with pytest.raises(InputError, match="there is no file 'gone'"):
        source.build(tmp_path / "out", actions_dir=tmp_path / "actions")
