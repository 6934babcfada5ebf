"""Runs reported from outside Google Cloud: their jobs have a cadence like all others, and may declare expectations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from db.error_db import queries, retention
from db.error_db.models import RejectedMessage, ReportedRunRow
from db.error_db.store import ErrorStore
from db.schema_db.models import JobRun
from db.schema_db.store import SchemaStore
from main import Application
from shared import config
from shared.identity.reported_run import ReportedRun
from shared.model import JobState, Status
from shared.records import IncidentView
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

pytestmark = pytest.mark.sqlite
THREE = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
DEADLINE = "07:10 Asia/Tokyo"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Switch:
    """An installation that receives reports of the job `backup`, and its history runs."""

    def __init__(self, folder: Path, error_url: str, schema: SchemaStore) -> None:
        self.now, self.schema = THREE, schema
        self.application = Application(
            config.load(
                {
                    "HINOMI_ERROR_DB_URL": error_url,
                    "HINOMI_SCHEMA_DB_URL": str(schema.engine.url),
                    "HINOMI_RULES_DIR": str(rules_with(folder, "cron")),
                    "HINOMI_PROJECTS": "example-project",
                }
            ),
            clock=lambda: self.now,
        )

    def ping(self, at: datetime, state: str = "ok", **more: Any) -> str:
        report = {"report": "cron", "job": "backup", "state": state, "time": at.isoformat(), **more}
        return self.application.pipeline.handle(push_body(report), at, route="/reports/cron")

    def history(self, at: datetime) -> None:
        """Makes a history run of the collector of reports, with the checks that follow."""
        self.now = at
        text, status = self.application.history(b'{"collectors": ["reports.runs"]}', at.isoformat(), at)
        assert status == 200, text
        assert json.loads(text)["failures"] == []

    def incidents(self) -> list[IncidentView]:
        with self.application.store().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)

    def runs(self) -> list[JobRun]:
        with self.schema.reading() as session:
            return list(session.scalars(select(JobRun).order_by(JobRun.start_at)))


@pytest.fixture
def switch(tmp_path: Path, sqlite_url: str, sqlite_schema_store: SchemaStore) -> Iterator[Switch]:
    made = Switch(tmp_path, sqlite_url, sqlite_schema_store)
    yield made
    made.application.store().engine.dispose()


def test_a_job_that_pings_daily_and_stops_is_an_incident_until_it_pings_again(switch: Switch) -> None:
    for day in range(8):
        switch.ping(THREE + day * DAY, "started", id=f"run-{day}")
        switch.ping(THREE + day * DAY + 20 * MINUTE, id=f"run-{day}")
    missing = THREE + 8 * DAY
    switch.history(missing + 10 * MINUTE)
    assert switch.incidents() == []
    switch.history(missing + HOUR)
    (incident,) = switch.incidents()
    assert (incident.rule, incident.resource, incident.opened_at) == ("jobs/run_late", "backup", missing)
    switch.ping(missing + 70 * MINUTE)
    (incident,) = switch.incidents()
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, missing + 70 * MINUTE)
    switch.history(missing + 2 * HOUR)
    assert len(switch.incidents()) == 1


def test_start_and_end_are_one_run_that_runs_between_them(switch: Switch) -> None:
    switch.ping(THREE, "started", id="1")
    switch.history(THREE + HOUR)
    assert [(run.service, run.project, run.job_name, run.state) for run in switch.runs()] == [
        ("reports", "cron", "backup", "running")
    ]
    switch.ping(THREE + 80 * MINUTE, "failed", id="1", summary="disk full, password=hunter2secret")
    switch.ping(THREE + DAY, "started")  # without an id
    switch.ping(THREE + DAY + HOUR)
    switch.history(THREE + DAY + 2 * HOUR)
    first, second = switch.runs()
    assert (first.state, first.start_at, first.end_at) == ("failed", THREE, THREE + 80 * MINUTE)
    assert first.error.startswith("disk full")
    assert "hunter2secret" not in first.error
    assert (second.state, second.start_at, second.end_at) == ("succeeded", THREE + DAY, THREE + DAY + HOUR)


def test_a_plain_body_without_an_id_is_a_report_too(switch: Switch) -> None:
    """The reporter posts without the envelope of Pub/Sub: two reports of one moment count as two, one sent again counts once."""
    for state in ("failed", "ok", "ok"):
        body = json.dumps({"report": "cron", "job": "backup", "state": state}).encode()
        assert "rejected" not in switch.application.pipeline.handle(body, THREE, route="/reports/cron")
    switch.history(THREE + HOUR)
    assert sorted(run.state for run in switch.runs()) == ["failed", "succeeded"]


def test_what_a_ping_declares_overrides_what_was_learned(switch: Switch) -> None:
    for day in range(8):
        switch.ping(THREE + day * DAY, every="2d")
    switch.history(THREE + 9 * DAY)
    assert switch.incidents() == []
    switch.history(THREE + 9 * DAY + 2 * HOUR)
    (incident,) = switch.incidents()
    assert incident.summary == "backup has not started: it was expected at 2026-11-11 03:00 UTC"


def test_a_run_that_will_end_after_its_deadline_is_an_incident_before_it(switch: Switch) -> None:
    """The job takes two hours each day, and is expected by 07:10 in Tokyo, which is 22:10 UTC."""
    usual = THREE + timedelta(hours=16)  # 19:00 UTC
    for day in range(8):
        switch.ping(usual + day * DAY, "started", id=f"{day}", finish_by=DEADLINE)
        switch.ping(usual + day * DAY + 2 * HOUR, id=f"{day}", finish_by=DEADLINE)
    late = usual + 8 * DAY
    switch.history(late + HOUR)
    assert switch.incidents() == []
    switch.ping(late + 75 * MINUTE, "started", id="late", finish_by=DEADLINE)
    switch.history(late + 2 * HOUR)
    (incident,) = switch.incidents()
    assert incident.summary == (
        "backup will probably end at 2026-11-10 22:15 UTC, after its deadline, 2026-11-10 22:10 UTC"
    )
    switch.history(late + 3 * HOUR)
    assert len(switch.incidents()) == 1
    switch.ping(late + 3 * HOUR + 16 * MINUTE, id="late", finish_by=DEADLINE)
    switch.history(late + 4 * HOUR)
    (incident,) = switch.incidents()
    assert incident.status is Status.RESOLVED
    switch.history(late + DAY + 4 * HOUR)  # the next run is missing: yesterday's late success is not today's
    assert [each.status for each in switch.incidents()].count(Status.OPEN) == 1


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"every": "5s"}, "between one minute and a year"),
        ({"every": 5}, "'every': invalid duration"),
        ({"finish_by": "6 o'clock"}, "'finish_by': invalid time"),
    ],
)
def test_an_expectation_that_cannot_be_read_is_rejected_with_the_reason(
    switch: Switch, more: dict[str, Any], reason: str
) -> None:
    assert reason in switch.ping(THREE, **more)
    with switch.application.store().reading() as session:
        assert reason in session.scalars(select(RejectedMessage.reason)).one()


def test_the_order_of_arrival_changes_no_run(sqlite_store: ErrorStore) -> None:
    """Two runs, one of which failed and was retried; each report arrives twice."""
    reports = [
        ReportedRun("cron", "backup", run, state, THREE + minute * MINUTE, f"{run}-{minute}", every=every)
        for run, state, minute, every in (
            ("a", JobState.RUNNING, 0, None),
            ("a", JobState.FAILED, 9, None),
            ("a", JobState.RUNNING, 12, None),
            ("a", JobState.SUCCEEDED, 20, 3600),
            ("b", JobState.RUNNING, 15, None),
        )
        for _ in range(2)
    ]
    random, results = Random(1), set()
    for _ in range(12):
        random.shuffle(reports)
        with sqlite_store.transaction(THREE) as transaction:
            for report in reports:
                transaction.report_run(report, redact=())
            rows = transaction.session.scalars(select(ReportedRunRow).order_by(ReportedRunRow.run)).all()
            results.add(tuple((row.run, row.state, row.started_at, row.state_at, row.every_seconds) for row in rows))
            for row in rows:
                transaction.session.delete(row)
    assert results == {
        (
            ("a", "succeeded", THREE, THREE + 20 * MINUTE, 3600),
            ("b", "running", THREE + 15 * MINUTE, THREE + 15 * MINUTE, None),
        )
    }


def test_runs_are_kept_for_eight_days(switch: Switch) -> None:
    switch.ping(THREE)
    engine = switch.application.store().engine
    for days, left in ((7, 1), (9, 0)):
        retention.forget(engine, THREE + days * DAY, retention_days=365)
        with switch.application.store().reading() as session:
            assert len(session.scalars(select(ReportedRunRow)).all()) == left
