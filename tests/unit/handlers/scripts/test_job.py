"""The container of a script's job validates its values again, and writes one log entry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handlers.scripts import catalogue, folder, job
from tests.support.script_folder import add_script

pytestmark = pytest.mark.server


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the container, as the build writes it."""
    add_script(
        tmp_path / "actions", "clear", 'echo "$1 $TOKEN"; exit "${2#-}"', more="secrets: [TOKEN]\ntime_limit: 1s"
    )
    (tmp_path / "rules").mkdir()
    catalogue.write(tmp_path / "rules", folder.read(tmp_path / "actions").scripts)
    values = {
        "HINOMI_RULES_DIR": str(tmp_path / "rules"),
        "HINOMI_SCRIPT": "clear",
        "HINOMI_SCRIPT_KEY": "abc",
        "HINOMI_SCRIPT_SECRET_TOKEN": "hunter2-token",
        "PARAM_DAG_ID": "load_mart",
        "PARAM_COUNT": "3",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def entry(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out))


def test_the_output_and_the_exit_code_are_one_entry(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del image
    assert job.main() == 3
    written = entry(capsys)
    assert written["output"] == "--dag=load_mart <redacted>"
    assert (written["hinomi_script_key"], written["exit"], written["severity"]) == ("abc", 3, "ERROR")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PARAM_DAG_ID", "a;id", "does not match"),
        ("PARAM_COUNT", "9", "is not within"),
        ("HINOMI_SCRIPT", "../clear", "there is no valid script"),
        ("HINOMI_SCRIPT_SECRET_TOKEN", "", "HINOMI_SCRIPT_SECRET_TOKEN is not set"),
    ],
)
def test_a_wrong_value_runs_nothing(
    image: Path,
    name: str,
    value: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del image
    monkeypatch.setenv(name, value)
    assert job.main() == job.INVALID
    assert message in str(entry(capsys)["message"])
