"""A job that does not start, or runs too long, becomes an incident, which resolves when the run ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from collectors.history_analysis.late_jobs.check import LateJobCheck
from collectors.metrics_analysis.detectors import long_jobs
from db.error_db import queries
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import FeedbackKind
from db.error_db.store import ErrorStore
from db.schema_db.models import JobSchedule, Snapshot
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.history import JobRunRow
from shared.model import IncidentKind, JobState, Severity, Status
from shared.records import IncidentView
from shared.texts.recorded import next_steps
from tests.support.findings import finding
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite
HOUR = timedelta(hours=1)


class World:
    """Hourly snapshots of job runs, each followed by the check. NOW is 06:00; a daily load starts at 03:00."""

    def __init__(self, check: LateJobCheck) -> None:
        self.check = check
        self._number = 0

    def keep(self, rows: Iterable[JobRunRow]) -> None:
        keep(self.check.schema, rows)

    def observe(self, at: datetime, *, collector: str = "bigquery.jobs", scope: str = f"projects/{PROJECT}") -> int:
        self._number += 1
        with self.check.schema.transaction() as session:
            session.add(
                Snapshot(
                    id=self._number, collector=collector, scope=scope, slot=at, window_end=at, state="done", started_at=at
                )
            )  # fmt: skip
        return self.check.check(at + MINUTE)

    def incidents(self) -> list[IncidentView]:
        with self.check.errors().reading() as session:
            unresolved = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED))
            return queries.incidents(session, unresolved, limit=50)

    def incident(self, number: int = 1) -> IncidentView:
        with self.check.errors().reading() as session:
            found = queries.incident(session, number)
        assert found is not None
        return found.incident


def at_three(days: int, name: str = "load_sales", minutes: float = 20, **changes: Any) -> JobRunRow:
    """A run at 03:00 the given number of days before today."""
    return run(name, ago=days * DAY + 3 * HOUR, seconds=60 * minutes, **changes)


def habit(name: str = "load_sales", **changes: Any) -> list[JobRunRow]:
    return [at_three(days, name, **changes) for days in range(1, 29)]


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LateJobCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def test_a_daily_job_that_does_not_start_is_an_incident_until_it_does(world: World) -> None:
    world.keep(habit())
    assert world.observe(NOW - 3 * HOUR + 10 * MINUTE) == 0
    assert world.observe(NOW - 2 * HOUR) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind, incident.severity) == (
        "jobs/run_late", IncidentKind.JOB_FAILURE, Severity.MEDIUM,
    )  # fmt: skip
    assert (
        incident.summary
        == "load_sales has not started: according to its runs in recent weeks, it was due at 2026-11-23 03:00 UTC"
    )
    assert incident.opened_at == NOW - 3 * HOUR
    assert world.observe(NOW - HOUR) == 0
    world.keep([replace(at_three(0), start_at=NOW - 10 * MINUTE, end_at=None, state=JobState.RUNNING)])
    assert world.observe(NOW) == 1
    (incident,) = world.incidents()
    assert incident.summary == (
        "load_sales started at 2026-11-23 05:50 UTC, later than usual: it was due at 2026-11-23 03:00 UTC, and will probably end "
        "at 2026-11-23 06:10 UTC"
    )
    world.keep([replace(at_three(0), start_at=NOW - 10 * MINUTE, end_at=NOW + 10 * MINUTE)])
    assert world.observe(NOW + HOUR) == 1
    assert (world.incident().status, world.incident().resolution) == (
        Status.RESOLVED, "the run of 2026-11-23 05:50 UTC succeeded",
    )  # fmt: skip


def test_each_run_that_is_missed_counts(world: World) -> None:
    world.keep(habit())
    world.observe(NOW)
    world.observe(NOW + DAY)
    (incident,) = world.incidents()
    assert incident.occurrence_count == 2
    assert "2 runs have been due since 2026-11-23 03:00" in incident.summary
    assert [command for _, command in next_steps(incident, "ja")] == [
        "hinomi jobs show load_sales",
        "hinomi jobs list --state failing --state missing",
    ]


def test_a_job_that_nobody_expects_any_more_is_closed(world: World) -> None:
    world.keep(habit())
    world.observe(NOW)
    world.observe(NOW + 9 * DAY)
    assert world.incident().status is Status.RESOLVED
    assert "no run is expected any more" in (world.incident().resolution or "")


def test_a_job_whose_collector_is_behind_is_not_late(world: World) -> None:
    world.keep(habit())
    world.observe(NOW - 4 * HOUR)
    assert world.check.check(NOW) == 0
    assert world.incidents() == []


def test_a_job_with_a_paused_schedule_is_not_late(world: World) -> None:
    world.keep(habit())
    with world.check.schema.transaction() as session:
        session.add(
            JobSchedule(
                service="bigquery", project=PROJECT, location="us", job_name="load_sales", state="paused", seen_at=NOW
            )
        )  # fmt: skip
    assert world.observe(NOW) == 0


def test_a_job_of_working_days_is_not_expected_on_a_sunday(world: World) -> None:
    sunday = NOW - DAY
    world.keep([row for row in habit() if row.start_at and row.start_at.weekday() < 5])
    assert world.observe(sunday) == 0
    assert world.observe(NOW) == 1


def test_a_run_that_takes_longer_than_ever_is_an_incident_until_it_ends(world: World) -> None:
    running = at_three(0, end_at=None, state=JobState.RUNNING)
    world.keep([*habit(), running])
    assert world.observe(NOW - 2 * HOUR - 35 * MINUTE) == 0
    assert world.observe(NOW - 2 * HOUR) == 1
    (incident,) = world.incidents()
    assert incident.summary == "load_sales has been running for 1 h; it usually takes 20 min"
    assert incident.opened_at == NOW - 3 * HOUR + 20 * MINUTE
    world.keep([replace(running, end_at=NOW, state=JobState.FAILED)])
    world.observe(NOW)
    assert world.incident().resolution == "the run of 2026-11-23 03:00 UTC failed"


def test_a_query_that_the_load_check_reports_is_not_reported_again(world: World) -> None:
    running = at_three(0, end_at=None, state=JobState.RUNNING)
    world.keep([*habit(), running])
    with world.check.errors().transaction(NOW) as transaction:
        transaction.record(finding(rule=long_jobs.RULE, labels={"job": running.run_id}), redact=())
    assert world.observe(NOW) == 0


def test_a_dag_with_a_task_that_runs_for_long_is_not_reported_again(world: World) -> None:
    dags: dict[str, Any] = {"service": "airflow", "project": "onprem"}
    world.keep([*habit("daily", **dags), at_three(0, "daily", end_at=None, state=JobState.RUNNING, **dags)])
    labels = {"dag_id": "daily", "environment": "onprem"}
    with world.check.errors().transaction(NOW) as transaction:
        transaction.record(finding(rule="airflow/running_long", labels=labels), redact=())
    assert world.observe(NOW, collector="composer.runs", scope="airflow/onprem") == 0
    with world.check.errors().transaction(NOW) as transaction:
        transaction.resolve(1, reason="the task ended", time=NOW, by="recovery")
    assert world.observe(NOW + MINUTE, collector="composer.runs", scope="airflow/onprem") == 1


def test_queries_of_accounts_parts_of_runs_and_irregular_jobs_are_not_expected(world: World) -> None:
    world.keep(habit("alice@example.com"))
    world.keep(habit("child", parent="script"))
    world.keep([run("by hand", ago=DAY * days + HOUR * (days * 7 % 24)) for days in (1, 3, 4, 9, 16, 17)])
    assert world.observe(NOW) == 0


def test_a_dag_that_is_reported_and_read_is_late_once(world: World) -> None:
    world.keep(habit("daily", service="airflow", project="onprem"))
    world.keep(habit("onprem/daily", service="reports", project="airflow"))
    world.keep(habit("other/daily", service="reports", project="airflow"))
    world.observe(NOW, collector="reports.runs", scope="reports/all")
    world.observe(NOW, collector="composer.runs", scope="airflow/onprem")
    assert sorted(each.resource for each in world.incidents()) == ["daily", "other/daily"]


@pytest.mark.parametrize("query", ["airflow:daily.v2.load_sales", "airflow:etl/daily.v2.group.load_sales"])
def test_jobs_of_airflow_tasks_are_late_with_their_dag_only(world: World, query: str) -> None:
    world.keep(habit("daily.v2", service="airflow", project="composer"))
    world.keep(habit(query))
    world.observe(NOW, collector="composer.runs", scope="airflow/composer")
    world.observe(NOW + MINUTE)
    (incident,) = world.incidents()
    assert (incident.service, incident.resource) == ("composer", "daily.v2")


def test_many_jobs_that_do_not_start_are_one_incident(world: World) -> None:
    for number in range(8):
        world.keep(habit(f"load_{number}"))
    world.keep([at_three(0, "load_0"), at_three(0, "load_1")])
    world.observe(NOW)
    (incident,) = world.incidents()
    assert (incident.rule, incident.severity) == ("jobs/many_late", Severity.HIGH)
    assert incident.summary == (
        "6 of 8 jobs of BigQuery in example-project have not started since 2026-11-23 03:00 UTC: load_2, load_3, load_4,"
        " load_5, load_6 and 1 more"
    )
    world.keep([at_three(0, f"load_{number}") for number in range(2, 8)])
    world.observe(NOW + HOUR)
    assert world.incidents() == []
    assert world.incident().resolution == "most of these jobs have started again"


def test_an_outage_of_hours_is_one_incident_although_most_jobs_of_the_day_ran_before(world: World) -> None:
    for number in range(12):
        world.keep(
            [replace(each, start_at=each.start_at - 2 * HOUR) for each in habit(f"early_{number}") if each.start_at]
        )
        world.keep([at_three(0, f"early_{number}")])
    for number in range(6):
        world.keep([_later(each, 30 * MINUTE) for each in habit(f"load_{number}")])
    world.keep([run("broken", ago=days * DAY + 14 * HOUR) for days in range(1, 29)])
    world.observe(NOW - 12 * HOUR)
    assert [each.resource for each in world.incidents()] == ["broken"]
    world.observe(NOW)
    assert sorted(each.resource for each in world.incidents()) == ["broken", PROJECT]


def _later(row: JobRunRow, by: timedelta) -> JobRunRow:
    assert row.start_at is not None
    return replace(row, start_at=row.start_at + by, end_at=row.start_at + by + HOUR)


def test_a_job_that_runs_every_ten_minutes_is_expected_within_hours(world: World) -> None:
    world.keep([run("stream", ago=10 * MINUTE * number) for number in range(1, 6 * 24 * 3)])
    assert world.observe(NOW) == 0
    assert world.observe(NOW + 3 * HOUR) == 1


def test_a_run_that_runs_is_no_reason_to_wait_for_the_next_one_of_a_job_whose_runs_overlap(world: World) -> None:
    every = [run("etl", ago=minutes * MINUTE, seconds=5_400) for minutes in range(60, 4 * 24 * 60, 20)]
    world.keep([replace(every[0], end_at=None, state=JobState.RUNNING), *every[1:]])
    assert world.observe(NOW - 40 * MINUTE) == 0
    assert world.observe(NOW) == 1


def test_a_monthly_job_is_expected_on_its_day(world: World) -> None:
    starts = [datetime.fromisoformat(f"2026-{month:02}-01T02:00:00+00:00") for month in range(6, 12)]
    world.keep([replace(run("invoices"), run_id=str(start), start_at=start, end_at=start + HOUR) for start in starts])
    assert world.observe(datetime.fromisoformat("2026-11-30T12:00:00+00:00")) == 0
    assert world.observe(datetime.fromisoformat("2026-12-01T06:00:00+00:00")) == 1


@pytest.mark.postgresql
@pytest.mark.both_databases
def test_the_statements_run_on_postgresql(postgres_schema_store: SchemaStore, sqlite_store: ErrorStore) -> None:
    world = World(LateJobCheck(postgres_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))
    world.keep([*habit(), at_three(0, "other", end_at=None, state=JobState.RUNNING), *habit("other")])
    world.observe(NOW)
    assert sorted(incident.resource for incident in world.incidents()) == ["load_sales", "other"]


def test_a_job_of_which_nobody_wants_alarms_is_late_in_silence(world: World) -> None:
    world.keep(habit())
    assert world.observe(NOW) == 1
    with world.check.errors().transaction(NOW) as transaction:
        feedback.give(transaction, world.incident(), FeedbackKind.EXPECTED, by="alice", reason="", time=NOW)
    assert world.incident().status is Status.RESOLVED
    assert world.observe(NOW + HOUR) == 0
    assert world.observe(NOW + DAY) == 1  # the next run that does not start is another one
    with world.check.errors().transaction(NOW) as transaction:
        feedback.give(transaction, world.incident(2), FeedbackKind.NEVER, by="alice", reason="", time=NOW + DAY)
    assert world.observe(NOW + 2 * DAY) == 0


def test_a_new_normal_is_about_as_many_missing_runs_and_no_more(world: World) -> None:
    world.keep(habit())
    assert world.observe(NOW) == 1
    with world.check.errors().transaction(NOW) as transaction:
        feedback.give(transaction, world.incident(), FeedbackKind.NEW_NORMAL, by="alice", reason="", time=NOW)
    assert world.observe(NOW + HOUR) == 0
    world.keep([run("load_sales", ago=-6 * HOUR)])  # at noon, as from now on
    assert world.observe(NOW + DAY) == 0
    assert world.observe(NOW + 2 * DAY) == 1  # two days without a run are no other time of day
