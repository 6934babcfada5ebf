"""`hinomi jobs gaps` on an Error DB, with and without a history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run
from db.engine import make_engine
from db.first_use import open_error_store
from db.schema_db.store import SchemaStore
from shared.history import JobRunRow
from shared.model import IncidentKind, JobState
from tests.support.findings import finding, recovery
from tests.support.runs import keep

FAILED_RUN = "scheduled__2026-11-23T03:00:00+00:00"


@pytest.fixture
def failed(sqlite_url: str, sqlite_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of 03:00 failed, the run of 04:00 succeeded. There is no Schema DB."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{sqlite_folder}/no_schema.db")
    monkeypatch.setenv("COLUMNS", "80")
    store, now = open_error_store(sqlite_url), datetime.now(UTC)
    labels = {"dag_id": "load_mart", "task_id": "merge_daily", "environment": "prod", "location": "europe-west1"}
    with store.transaction(now) as transaction:
        failure = finding(run=FAILED_RUN, service="composer", labels=labels)
        transaction.record(replace(failure, time=now - timedelta(hours=2)), redact=())
        transaction.recover(recovery(0, time=now - timedelta(hours=1), run="scheduled__2026-11-23T04:00:00+00:00"))
    store.engine.dispose()


@pytest.mark.usefixtures("failed")
def test_a_failed_run_is_listed_though_a_later_one_succeeded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs", "gaps"]) == 0
    shown = capsys.readouterr().out
    for part in (f"load_mart.merge_daily  {FAILED_RUN}", "failed, not repaired", "succeeded 60 min ago", "tasks clear"):
        assert part in shown
    assert "runs that never started are not listed" in " ".join(shown.split())


@pytest.mark.usefixtures("failed")
def test_it_is_in_japanese_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert run(["jobs", "gaps"]) == 0
    shown = capsys.readouterr().out
    assert "失敗、未復旧" in shown
    assert "再実行" in shown


@pytest.mark.usefixtures("failed")
def test_runs_that_never_started_come_from_the_history(
    capsys: pytest.CaptureFixture[str], schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    engine = make_engine(schema_sqlite_url)
    keep(SchemaStore(engine), [daily(day) for day in range(2, 9)])
    engine.dispose()
    assert run(["jobs", "gaps", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(gap["state"], gap["job"], gap["run"]) for gap in found] == [
        ("failed", "load_mart.merge_daily", FAILED_RUN),
        ("never_started", "load", ""),
    ]
    assert found[0]["command"].startswith("gcloud composer environments run prod ")
    assert run(["jobs", "gaps"]) == 0
    missing = capsys.readouterr().out.partition("\nload  ")[2].splitlines()
    assert [line.split()[1:] for line in missing if "since" in line] == [["24", "h", "ago"]]  # the time is the heading


def test_an_empty_history_is_not_reported_as_complete(
    capsys: pytest.CaptureFixture[str], sqlite_url: str, schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    store = open_error_store(sqlite_url)
    with store.transaction(datetime.now(UTC)) as transaction:
        transaction.record(replace(finding(), kind=IncidentKind.LOAD_ISSUE), redact=())
    store.engine.dispose()
    assert run(["jobs", "gaps", "--days", "7"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith(
        "No history of jobs yet, so runs that never started are not listed: run `hinomi snapshot run`."
    )
    assert shown.endswith("No incident of the last 7 days has a failed run that is still unrepaired.")
    engine = make_engine(schema_sqlite_url)
    keep(SchemaStore(engine), [daily(1)])
    engine.dispose()
    assert run(["jobs", "gaps", "--days", "7"]) == 0
    assert capsys.readouterr().out == "No run is missing (last 7 days).\n"


def daily(day: int) -> JobRunRow:
    start = datetime.now(UTC) - timedelta(days=day)
    return JobRunRow(
        service="bigquery",
        project="example-project",
        run_id=f"job-{day}",
        job_name="load",
        state=JobState.SUCCEEDED,
        created_at=start,
        start_at=start,
        end_at=start + timedelta(minutes=1),
        principal="etl@example.com",
    )
