"""The runs of Cloud Scheduler jobs from their log, and the runs that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from db.schema_db.models import JobSchedule
from db.schema_db.retention import RetentionDays, forget
from db.schema_db.store import SchemaStore
from demo.entries import log_entry
from demo.platform.logging.server import LoggingServer
from insights.jobs.gaps import never_started
from shared.config import Settings
from shared.history import ScheduleRow, SchedulesSeenRow
from tests.support.collecting import CollectingSite
from tests.support.history import TEN
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

PROJECT = "example-project"
HERE, THERE = "europe-west1", "us-central1"
DAY = timedelta(days=1)


@pytest.fixture
def logging() -> Iterator[LoggingServer]:
    server = LoggingServer(page_size=50)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def site(schema_store: SchemaStore, logging: LoggingServer) -> CollectingSite:
    settings = Settings(projects=(PROJECT,), logging_endpoint=logging.endpoint, history_first_days=3)
    return CollectingSite(schema_store, settings)


def attempt(
    server: LoggingServer,
    scheduled: datetime,
    *,
    job: str = "nightly",
    location: str = HERE,
    late: float = 0,
    status: str = "",
) -> None:
    """The log entries about the start and the end of an attempt, the given number of minutes after its scheduled time."""
    where, name = {"job_id": job, "location": location}, f"projects/{PROJECT}/locations/{location}/jobs/{job}"
    for kind, more, after in (
        ("AttemptStarted", {"scheduledTime": scheduled.isoformat()}, late),
        ("AttemptFinished", {"status": status, "debugInfo": "URL_UNREACHABLE"} if status else {}, late + 1),
    ):
        payload: dict[str, Any] = {
            "@type": f"type.googleapis.com/google.cloud.scheduler.logging.{kind}",
            "jobName": name,
            **more,
        }
        time = scheduled + timedelta(minutes=after)
        log = "cloudscheduler.googleapis.com%2Fexecutions"
        server.add(log_entry(time, log, "INFO", "cloud_scheduler_job", where, jsonPayload=payload))


@pytest.mark.both_databases
@pytest.mark.permissions
def test_the_attempts_of_a_scheduled_time_are_one_run(site: CollectingSite, logging: LoggingServer) -> None:
    scheduled = TEN - timedelta(hours=2)
    attempt(logging, scheduled, status="INTERNAL")
    attempt(logging, scheduled, late=5)
    attempt(logging, scheduled, location=THERE, status="UNAVAILABLE")
    attempt(logging, scheduled, job="hinomi-sweep")
    site.done("scheduler.runs")
    runs = {row.job_name: (row.state, row.attempt, row.error, row.end_at) for row in site.jobs().values()}
    assert runs == {
        f"{HERE}/nightly": ("succeeded", 2, "", scheduled + timedelta(minutes=6)),
        f"{THERE}/nightly": ("failed", 1, "UNAVAILABLE: URL_UNREACHABLE", scheduled + timedelta(minutes=1)),
    }


def test_an_attempt_that_ends_in_the_next_window_ends_its_run(site: CollectingSite, logging: LoggingServer) -> None:
    attempt(logging, TEN - timedelta(minutes=6))
    site.done("scheduler.runs")
    assert [row.state for row in site.jobs().values()] == ["running"]
    site.done("scheduler.runs", TEN + timedelta(hours=1))
    assert [row.state for row in site.jobs().values()] == ["succeeded"]


def test_a_run_that_never_started_is_listed_unless_its_schedule_is_gone(
    site: CollectingSite, logging: LoggingServer, schema_store: SchemaStore
) -> None:
    missing = TEN - timedelta(hours=10.5)
    for hours in range(48, 0, -1):
        due = TEN - timedelta(hours=hours - 0.5)
        for location in (HERE, THERE):
            if location == THERE or due != missing:
                attempt(logging, due, location=location)
    site.done("scheduler.runs")

    def gaps() -> list[tuple[str, datetime]]:
        with schema_store.reading() as session:
            return [(gap.job, gap.since) for gap in never_started(session, TEN, days=7)]

    assert gaps() == [(f"{HERE}/nightly", missing)]
    schedule = ScheduleRow("scheduler", PROJECT, HERE, "nightly", TEN - DAY)
    keep(schema_store, [schedule, SchedulesSeenRow("scheduler", PROJECT, HERE, TEN)])
    assert gaps() == []
    for days, kept in ((1000, 1), (1200, 0)):
        list(forget(schema_store, TEN + days * DAY, RetentionDays()))
        assert len(site.rows(JobSchedule)) == kept
