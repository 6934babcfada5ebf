"""`hinomi rules stage`, `enable`, `disable` and `reset`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run
from db.engine import make_engine
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, finding
from tests.support.rules import RULE, folder

NAME = "test/job"


@pytest.fixture
def store(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ErrorStore:
    """An Error DB, and a folder with one rule whose file says `staged`."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    rules = folder(tmp_path / "rules", {"test/job.yml": RULE.replace("hinomi:\n", "hinomi:\n  mode: staged\n")})
    monkeypatch.setenv("HINOMI_RULES_DIR", str(rules))
    return ErrorStore(make_engine(sqlite_url))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["rules", *arguments]) == code
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


def mode(capsys: pytest.CaptureFixture[str]) -> str:
    return str(json.loads(printed(capsys, "list", "--json"))[0]["mode"])


def test_a_rule_is_staged_by_its_file_and_switched_by_commands(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mode(capsys) == "staged"
    assert "test/job: would not have fired so far" in printed(capsys, "list")
    assert printed(capsys, "enable", NAME).startswith("test/job is on")
    assert mode(capsys) == "enabled"
    assert "nothing that it finds is recorded" in printed(
        capsys, "disable", "test/*", "--note", "noisy", "--by", "alice"
    )
    assert "Open incidents stay open" in printed(capsys, "stage", NAME)
    with store.transaction(NOON) as transaction:
        assert transaction.record(finding(0, rule=NAME), redact=()) == []
    line = "test/job: would have fired 1 time for 1 problem, last 2026-11-23 12:00:00 UTC"
    assert line in printed(capsys, "list")
    assert json.loads(printed(capsys, "list", "--json"))[0]["would_have_fired"]["findings"] == 1
    assert printed(capsys, "reset", NAME) == "test/job has the state of its file again."
    assert mode(capsys) == "staged"


@pytest.mark.usefixtures("store")
def test_an_unknown_rule_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no detection rule is named 'test/jab': did you mean 'test/job'?" in printed(
        capsys, "stage", "test/jab", code=2
    )


@pytest.mark.usefixtures("store")
def test_without_an_error_db_the_files_say_the_state(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "試行中" in printed(capsys, "list")
    assert not (tmp_path / "none.db").exists()
