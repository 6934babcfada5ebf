from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.rule_files import VERSION
from shared.config import ROOT
from shared.errors import InputError
from tests.support.rules import RULE, folder
from tests.support.shipped_rules import compiled


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder(tmp_path, {"test/a.yml": RULE})


def written(rules: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((rules / "compiled.json").read_text())
    assert content.pop("checksum")
    return content


def test_the_first_load_compiles_and_caches(rules: Path) -> None:
    made = artifact.load(rules)
    assert written(rules) == made


def test_a_valid_cached_file_is_used(rules: Path) -> None:
    made = {**artifact.load(rules), "load": ["kept"]}
    artifact.write(rules, made)
    assert artifact.load(rules)["load"] == ["kept"]


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_a_changed_rule_compiles_anew(rules: Path, change: str) -> None:
    folder(rules, {"test/b.yml": RULE.replace("11111111", "77777777").replace("Job failed", "Job broke")})
    artifact.write(rules, {**artifact.load(rules), "load": ["stale"]})
    other = rules / "test/b.yml"
    if change == "edit":
        other.write_text(other.read_text().replace("medium", "high"))
    elif change == "add":
        folder(rules, {"more/c.yml": RULE.replace("11111111", "88888888").replace("Job failed", "Job gone")})
    elif change == "remove":
        other.unlink()
    else:
        other.rename(rules / "test/c.yml")
    assert artifact.load(rules)["load"] == []


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"version": 0}'])
def test_an_unreadable_cached_file_is_compiled_again(rules: Path, kept: str) -> None:
    (rules / "compiled.json").write_text(kept)
    assert [spec["name"] for spec in artifact.load(rules)["rules"]] == ["test/a"]


def changes() -> dict[str, Callable[[str], str]]:
    """Edits of a compiled file, most of which keep its version, its digest and valid JSON."""
    return {
        "another level": lambda text: text.replace('"medium"', '"low"', 1),
        "a rule less": lambda text: json.dumps({**json.loads(text), "rules": []}),
        "a key more": lambda text: text.replace("{", '{"x":1,', 1),
        "formatted": lambda text: json.dumps(json.loads(text), indent=1),
        "no checksum": lambda text: "{" + text.partition(",")[2],
        "two checksums": lambda text: text[:-1] + ',"checksum":"x"}',
        "a space more": lambda text: f"{text} ",
        "cut": lambda text: text[: len(text) // 2],
        "another version": lambda text: text.replace(f'"version":{VERSION}', f'"version":{VERSION + 1}', 1),
    }


@pytest.mark.parametrize("change", changes())
def test_a_compiled_file_that_was_changed_is_compiled_again_or_refused(rules: Path, change: str) -> None:
    made, file = artifact.load(rules), rules / "compiled.json"
    changed = changes()[change](file.read_text())
    assert changed != file.read_text()
    file.write_text(changed)
    assert artifact.load(rules) == made
    file.write_text(changed)
    (rules / "test/a.yml").unlink()
    with pytest.raises(InputError, match="changed by hand"):
        artifact.load(rules)


def test_without_rule_files_the_cached_file_is_sufficient(rules: Path) -> None:
    made = artifact.load(rules)
    (rules / "test/a.yml").unlink()
    assert artifact.load(rules) == made


def test_an_empty_folder_names_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="HINOMI_RULES_DIR"):
        artifact.load(tmp_path / "nowhere")


def test_concurrent_writers_leave_a_complete_file(rules: Path) -> None:
    made = artifact.load(rules)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: artifact.write(rules, made), range(40)):
            assert written(rules) == made
    assert sorted(path.name for path in rules.iterdir()) == ["compiled.json", "test"]


@pytest.mark.server
def test_loading_a_cached_file_imports_neither_yaml_nor_sigma(rules: Path) -> None:
    artifact.load(rules)
    script = (
        "import sys; from pathlib import Path; from collectors.metrics_analysis.sigma import artifact, engine;"
        f"engine.Engine(artifact.load(Path({str(rules)!r})));"
        "print([name for name in ('yaml', 'pydantic', 'sigma', 're2', 'sqlalchemy', 'rich') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_another_compiled_form_has_another_version() -> None:
    """A file compiled by an earlier version from the same rules must not be read as a file of this version."""
    made = compiled()
    keys = {kind: sorted({key for spec in made[kind] for key in spec}) for kind in ("rules", "correlations", "load")}
    form = hashlib.sha256(json.dumps([sorted(made), keys]).encode()).hexdigest()[:12]
    assert (VERSION, form) == (17, "9d7f6eed66bc"), "add 1 to VERSION in rule_files.py, and write the new values here"
