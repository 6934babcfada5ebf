"""`hinomi snapshot`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.app import run
from collectors.history_analysis import registry
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.errors import PermanentError
from tests.support.history import collector, every_kind

pytestmark = pytest.mark.usefixtures("copied_on_first_use")


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project, a Schema DB that does not exist yet, and a collector for tests."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{tmp_path / 'schema.db'}")
    monkeypatch.setenv("HINOMI_PROJECTS", "example-project")
    monkeypatch.setenv("COLUMNS", "120")
    broken = collector(forbidden, "broken.one", doc="It is broken.")
    monkeypatch.setattr(registry, "discover", lambda *_: (broken, collector(quick)))


def quick(context: SnapshotContext) -> Iterator[Batch]:
    yield next(every_kind(context))


def forbidden(_context: SnapshotContext) -> Iterator[Batch]:
    raise PermanentError("the caller may not read [/bold] example-project")
    yield


def test_a_run_by_hand_collects(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run", "test"]) == 0
    capsys.readouterr()
    assert run(["snapshot", "list", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["collector"], found["state"]) == ("test.everything", "done")
    assert found["rows"] > 3


def test_a_failure_is_reported_and_is_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "broken.one projects/example-project failed [1]" in out
    assert "[1] the caller may not read [/bold] example-project" in out
    assert "test.everything projects/example-project done" in out


def test_the_list_says_why_one_failed(capsys: pytest.CaptureFixture[str]) -> None:
    run(["snapshot", "run"])
    capsys.readouterr()
    assert run(["snapshot", "list"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "never" in out
    assert "may not read [/bold]" in out


def test_before_the_first_run_the_list_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "list"]) == 0
    assert capsys.readouterr().out == "No snapshots yet: run `hinomi snapshot run`.\n"


def test_a_run_as_of_another_time_is_of_that_slot(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run", "test", "--at", "2026-01-02T03:04"]) == 0
    capsys.readouterr()
    run(["snapshot", "list", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["slot"] == "2026-01-02T03:00:00Z"


@pytest.mark.parametrize("time", ["yesterday", "2999-01-01"])
def test_an_impossible_time_is_invalid_input(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run", "--at", time]) == 2
    assert f"invalid time '{time}' for --at" in capsys.readouterr().err


def test_an_unknown_collector_is_invalid_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "run", "nonsense"]) == 2
    assert "`hinomi snapshot collectors` shows the names" in capsys.readouterr().err
    assert run(["snapshot", "run", "test.everythin"]) == 2
    assert "no collector is named 'test.everythin': did you mean 'test.everything'?" in capsys.readouterr().err


def test_collectors_are_shown_with_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "collectors"]) == 0
    out = capsys.readouterr().out
    assert "It is broken." in out
    assert "test.things.list" in out


def test_collectors_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    run(["snapshot", "collectors", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [(item["name"], item["every_seconds"]) for item in found] == [
        ("broken.one", 3600),
        ("test.everything", 3600),
    ]
