"""A notifier of an installed package is deployed with a secret: the notifier in docs/handlers.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import REGION, SAME_SOURCE, Deployment, Undisturbed
from tests.support.gcloud_services import PROJECT
from tests.support.plugin_package import install

pytestmark = pytest.mark.slow

VARIABLE = "HINOMI_CHAT_URL_NIGHT"
METRICS = f"cloudfunctions/projects/{PROJECT}/locations/{REGION}/functions/metrics-analysis"
RULES = """\
handlers:
  - name: room
    action: chat
    params: {channel: night}
"""


@pytest.fixture(scope="module")
def made(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """An installation with the package installed, and one handler rule that uses its notifier."""
    undisturbed.made.server.restore(undisturbed.raw_end)
    site, rules = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("rules") / "rules"
    install(site)
    shutil.copytree(undisturbed.made.environ["HINOMI_RULES_DIR"], rules)
    (rules / "handlers.yaml").write_text(RULES, encoding="utf-8")
    own = {"PYTHONPATH": str(site), "HINOMI_RULES_DIR": str(rules), VARIABLE: "https://chat.example.com/room"}
    environ = {name: value for name, value in undisturbed.made.environ.items() if name not in SAME_SOURCE}
    built = undisturbed.made.folder / "tree" / ".hinomi" / "source"
    kept = built.rename(built.with_name("kept"))
    yield replace(undisturbed.made, environ=environ | own)
    shutil.rmtree(built)
    kept.rename(built)


def mounted(made: Deployment) -> list[tuple[str, str, str]]:
    config: dict[str, Any] = made.server.state[METRICS]["serviceConfig"]
    return [(item["key"], item["secret"], item["version"]) for item in config.get("secretEnvironmentVariables", [])]


def test_a_missing_secret_is_reported_then_mounted_and_kept(made: Deployment) -> None:
    assert made.run().returncode == 0
    made.environ.update(SAME_SOURCE)
    (problem,) = [problem for area in made.doctor()["areas"] for problem in area["problems"]]
    assert problem["what"] == f"{VARIABLE} is not set, needed by handler rule room (chat)"

    fix = f"{problem['fix']} --yes"  # it ends with deploy.sh, which asks for confirmation
    subprocess.run(["bash", "-c", fix], cwd=made.folder / "tree", env=made.environ, check=True, capture_output=True)
    expected = [(VARIABLE, "hinomi-chat-url-night", "1")]
    assert mounted(made) == expected
    assert made.doctor()["ok"] is True

    made.commands()
    assert made.run().returncode == 0
    assert (made.commands(), mounted(made)) == ([], expected)


def test_the_deployed_source_has_the_package(made: Deployment) -> None:
    for folder in ("function", "release"):
        source = made.folder / "tree" / ".hinomi" / "source" / folder
        code = (
            "from handlers import registry; print(registry.plugins()['chat'].package, registry.find('chat').__file__)"
        )
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=source, env=clean, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["my-chat", str(source / "my_chat" / "notifier.py")]


def test_an_incomplete_package_is_not_deployed(made: Deployment) -> None:
    module = Path(made.environ["PYTHONPATH"]) / "my_chat" / "notifier.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(source.replace("def send_test(", "def _unused("), encoding="utf-8")
    for name in SAME_SOURCE:
        made.environ.pop(name, None)
    try:
        done = made.run()
    finally:
        module.write_text(source, encoding="utf-8")
    assert done.returncode == 2
    assert "the plug-in 'chat' of my-chat is not complete: a notifier has send_test" in done.stderr
