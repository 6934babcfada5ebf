"""`hinomi incidents show` names the likely cause of an incident and what was ruled out, if there is history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.history import JobRunRow, UserActionRow
from shared.model import JobState
from tests.support import findings
from tests.support.runs import keep

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def incident(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A job that builds mart.daily failed an hour ago."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("COLUMNS", "140")
    found = replace(findings.BASE, resource="example-project/mart/daily", time=NOW - timedelta(hours=1))
    engine = make_engine(sqlite_url)
    with ErrorStore(engine).transaction(NOW) as transaction:
        transaction.record(found, redact=())
    engine.dispose()


def deploy(url: str) -> None:
    """A person changed the query of the table ten minutes before the failure."""
    time = NOW - timedelta(minutes=70)
    row = UserActionRow(
        hour=time.replace(minute=0, second=0),
        project="example-project",
        principal="carol@example.com",
        service="bigquerydatatransfer.googleapis.com",
        method="google.cloud.bigquery.datatransfer.v1.DataTransferService.UpdateTransferConfig",
        resource="transferConfigs/daily",
        count=1,
        denied=0,
        first_at=time,
        last_at=time,
    )
    engine = make_engine(url)
    keep(SchemaStore(engine), [row])
    engine.dispose()


def shown(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert run(["incidents", "show", "1", *more]) == 0
    return capsys.readouterr().out


def test_a_change_is_shown_with_its_principal_and_the_reasons(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(schema_sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    text = shown(capsys)
    assert "deployment: transfer daily was updated by carol@example.com" in text
    assert "10 min before; same name: daily" in text
    (cause,) = json.loads(shown(capsys, "--json"))["causes"]
    assert cause["who"] == "carol@example.com"


def test_a_redacted_value_is_shown_neither_as_text_nor_as_json(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(schema_sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    monkeypatch.setenv("HINOMI_REDACT", "*.principalEmail")
    assert "by <redacted>" in shown(capsys)
    assert "carol@example.com" not in shown(capsys) + shown(capsys, "--json")


def test_the_change_is_described_in_the_language_of_the_settings(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(schema_sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "10 分前、名前が一致: daily" in shown(capsys)


def test_a_time_without_changes_is_reported_too(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    assert "Likely cause" not in shown(capsys)
    engine = make_engine(schema_sqlite_url)
    with SchemaStore(engine).transaction() as session:
        session.add(Snapshot(id=1, collector="x", scope="y", slot=NOW, state="done", window_end=NOW, started_at=NOW))
    engine.dispose()
    assert "No likely cause found among the grants" in shown(capsys)


def test_a_change_that_was_ruled_out_is_shown_with_the_reason(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(schema_sqlite_url)
    engine = make_engine(schema_sqlite_url)
    start = NOW - timedelta(minutes=65)
    done = JobRunRow("bigquery", "example-project", "r1", "daily_load", JobState.SUCCEEDED, "", start, start, start)
    keep(SchemaStore(engine), [done])
    engine.dispose()
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    text = shown(capsys)
    assert "Ruled out" in text
    assert "the job succeeded 5 min after this change, before it failed" in text
    (out,) = json.loads(shown(capsys, "--json"))["ruled_out"]
    assert out["why_not"] == "the job succeeded 5 min after this change, before it failed"


def test_without_history_nothing_is_shown_and_no_file_is_created(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "Likely cause" not in shown(capsys)
    assert json.loads(shown(capsys, "--json"))["causes"] is None
    assert not (tmp_path / "none.db").exists()


def test_an_unavailable_history_does_not_hide_the_incident(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert run(["incidents", "show", "1"]) == 0
    out, err = capsys.readouterr()
    assert findings.BASE.summary in out
    assert "no history" in err
