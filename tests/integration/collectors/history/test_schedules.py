"""Declared schedules of Cloud Scheduler jobs and scheduled queries, and the intervals that incidents get from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import JobSchedule
from db.schema_db.store import SchemaStore
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.bigquery.transfers import TransferServer
from demo.platform.http import Reply, google_error
from demo.platform.jobs.scheduler import SchedulerServer
from insights.jobs.gaps import never_started
from insights.jobs.intervals import usual_intervals
from shared.config import Settings
from shared.model import IncidentKind
from tests.support.collecting import CollectingSite
from tests.support.history import at
from tests.support.incidents import incident
from tests.support.runs import NOW, daily, keep

pytestmark = pytest.mark.sqlite

PROJECT = "example-project"
JOBS = f"projects/{PROJECT}/locations/europe-west1/jobs"
DISABLED = Reply(403, {"error": {"message": "API not enabled", "details": [{"reason": "SERVICE_DISABLED"}]}})


@pytest.fixture
def scheduler() -> Iterator[SchedulerServer]:
    with SchedulerServer(page_rows=2) as server:
        yield server


@pytest.fixture
def transfers() -> Iterator[TransferServer]:
    with TransferServer(page_rows=2) as server:
        yield server


@pytest.fixture
def site(schema_store: SchemaStore, scheduler: SchedulerServer, transfers: TransferServer) -> Iterator[CollectingSite]:
    with BigQueryServer() as bigquery:
        settings = Settings(
            projects=(PROJECT,),
            bigquery_locations=("EU", "US"),
            bigquery_endpoint=bigquery.url,
            scheduler_endpoint=scheduler.url,
            transfer_endpoint=transfers.url,
        )
        yield CollectingSite(schema_store, settings)


def schedules(site: CollectingSite) -> dict[str, tuple[str, int | None]]:
    """The state and interval of each job."""
    return {row.job_name: (row.state, row.interval_seconds) for row in site.rows(JobSchedule)}


@pytest.mark.both_databases
@pytest.mark.permissions
def test_jobs_of_cloud_scheduler_have_the_interval_of_their_cron(
    site: CollectingSite, scheduler: SchedulerServer
) -> None:
    for name, schedule in (("workdays", "0 9 * * 1-5"), ("weekly", "every monday 09:00"), ("odd", "@daily")):
        scheduler.add(f"{JOBS}/{name}", at(-1), schedule=schedule, timeZone="Asia/Tokyo")
    scheduler.add(f"{JOBS}/off", at(-1), schedule="*/5 * * * *", state="PAUSED")
    site.done("scheduler.schedules")
    assert schedules(site) == {
        "workdays": ("enabled", 3 * 86_400),
        "weekly": ("enabled", 7 * 86_400),
        "odd": ("enabled", None),
        "off": ("paused", 300),
    }
    del scheduler.jobs[f"{JOBS}/odd"]
    site.done("scheduler.schedules", at(5))
    assert schedules(site)["odd"] == ("deleted", None)


@pytest.mark.permissions
def test_scheduled_queries_have_the_interval_of_their_schedule(site: CollectingSite, transfers: TransferServer) -> None:
    transfers.add(PROJECT, "eu", "monthly", schedule="1 of month 06:00", nextRunTime=at(9).isoformat())
    transfers.add(PROJECT, "eu", "by-hand", schedule="every 24 hours", scheduleOptions={"disableAutoScheduling": True})
    by_time = {"timeBasedSchedule": {"schedule": "every 6 hours", "endTime": at(-9).isoformat()}}
    transfers.add(PROJECT, "us", "ended", scheduleOptionsV2=by_time)
    transfers.add(PROJECT, "us", "by-event", schedule="every 24 hours", scheduleOptionsV2={"eventDrivenSchedule": {}})
    transfers.add(PROJECT, "eu", "off", schedule="every day 06:00", disabled=True)
    site.done("data_transfer.schedules")
    assert schedules(site) == {
        "scheduled_query:monthly": ("enabled", 31 * 86_400),
        "scheduled_query:by-hand": ("enabled", None),
        "scheduled_query:ended": ("paused", 6 * 3600),
        "scheduled_query:by-event": ("enabled", None),
        "scheduled_query:off": ("paused", 86_400),
    }


def test_a_location_that_fails_does_not_lose_the_others(site: CollectingSite, transfers: TransferServer) -> None:
    transfers.add(PROJECT, "eu", "a", schedule="every 24 hours")
    transfers.add(PROJECT, "us", "b", schedule="every 24 hours")
    site.done("data_transfer.schedules")
    transfers.remove("a")
    transfers.add(PROJECT, "us", "c", schedule="every 12 hours")
    transfers.failing["eu"] = google_error(403, "Permission denied", "PERMISSION_DENIED")
    result = site.run("data_transfer.schedules", at(5))
    assert result.outcome is SnapshotOutcome.FAILED
    assert "eu" in result.error
    day = ("enabled", 86_400)
    assert schedules(site) == {
        "scheduled_query:a": day,
        "scheduled_query:b": day,
        "scheduled_query:c": ("enabled", 43_200),
    }


def test_a_project_that_does_not_use_the_services_has_no_schedules(
    site: CollectingSite, scheduler: SchedulerServer, transfers: TransferServer
) -> None:
    scheduler.fail_next(DISABLED)
    transfers.failing |= dict.fromkeys(("eu", "us"), DISABLED)
    site.done("scheduler.schedules")
    site.done("data_transfer.schedules")
    assert schedules(site) == {}


def test_an_incident_has_the_declared_interval_of_its_own_job(
    site: CollectingSite, scheduler: SchedulerServer, transfers: TransferServer
) -> None:
    transfers.add(PROJECT, "eu", "6a9c", schedule="1 of jan,apr,jul,oct 06:00")
    scheduler.add(f"{JOBS}/export", at(-1), schedule="0 9 * * MON")
    scheduler.add(f"projects/{PROJECT}/locations/us-central1/jobs/export", at(-1), schedule="0 0 1 * *")
    site.done("scheduler.schedules")
    site.done("data_transfer.schedules")
    failed = {"kind": IncidentKind.JOB_FAILURE, "project": PROJECT}
    place = {"job": "export", "location": "europe-west1"}
    query = incident(**failed, id=1, service="bigquery", labels={"transfer_config": "6a9c", "location": "eu"})
    call = incident(**failed, id=2, service="scheduler", labels=place)
    other = incident(**{**failed, "project": "other"}, id=3, service="scheduler", labels=place)
    task = incident(**failed, id=4, service="composer", labels={"dag_id": "export"})
    with site.store.reading() as session:
        found = usual_intervals(session, [query, call, other, task], NOW)
    assert found == {1: timedelta(days=92), 2: timedelta(days=7)}


def test_no_run_of_a_paused_schedule_is_missing(site: CollectingSite, transfers: TransferServer) -> None:
    keep(site.store, daily("scheduled_query:off", [60] * 20, until=3))
    keep(site.store, daily("scheduled_query:on", [60] * 20, until=3))
    for name in ("on", "off"):
        transfers.add(PROJECT, "eu", name, schedule="every 24 hours", disabled=name == "off")
    site.done("data_transfer.schedules")
    with site.store.reading() as session:
        assert {gap.job for gap in never_started(session, NOW, days=7)} == {"scheduled_query:on"}
