"""DAG runs and tasks over the REST APIs of Airflow 2 and 3, and from its metadata database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import JobSchedule
from db.schema_db.store import SchemaStore
from demo.platform.airflow import SimulatedAirflow
from demo.platform.http import Reply
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.secret import Secret
from tests.support.collecting import CollectingSite
from tests.support.history import TEN, at

pytestmark = pytest.mark.sqlite

RUN = "scheduled__2026-11-23T03:00:00+00:00"
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    """The clock of the Airflow."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(at(-0.5))


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest, clock: Clock) -> Iterator[SimulatedAirflow]:
    with SimulatedAirflow(version=request.param, username="hinomi", password="made-up", clock=clock) as server:
        yield server


@pytest.fixture
def site(schema_store: SchemaStore, airflow: SimulatedAirflow) -> CollectingSite:
    auth = "token" if airflow.version == 3 else "basic"
    connection = AirflowConnection(airflow.url, auth, "hinomi", Secret("made-up"))
    return CollectingSite(schema_store, Settings(connections={"airflow": {"main": connection}}, history_first_days=1))


def test_a_run_and_its_tasks_are_stored_with_start_end_and_state(
    site: CollectingSite, airflow: SimulatedAirflow, clock: Clock
) -> None:
    airflow.add_run("load_mart", RUN, ["merge", "check"])
    clock.now = at(-0.4)
    airflow.finish("load_mart", RUN, "merge", "success")
    airflow.finish("load_mart", RUN, "check", "failed")
    site.done("composer.runs")
    jobs = site.jobs()
    run, merge, check = (jobs[f"load_mart/{RUN}{task}"] for task in ("", "/merge", "/check"))
    assert (run.job_name, run.state, run.start_at, run.end_at) == ("load_mart", "failed", at(-0.5), at(-0.4))
    assert (merge.job_name, merge.state, merge.parent) == ("load_mart.merge", "succeeded", f"load_mart/{RUN}")
    assert (check.state, check.error, check.project) == ("failed", "failed after 1 tries", "main")


def test_a_running_run_is_read_again(site: CollectingSite, airflow: SimulatedAirflow, clock: Clock) -> None:
    airflow.add_run("load_mart", RUN, ["merge"])
    site.done("composer.runs")
    assert site.jobs()[f"load_mart/{RUN}/merge"].state == "running"
    clock.now = at(5)
    airflow.finish("load_mart", RUN, "merge", "success")
    site.done("composer.runs", at(6))
    assert {job.state for job in site.jobs().values()} == {"succeeded"}


def test_a_task_that_was_cleared_counts_its_tries(
    site: CollectingSite, airflow: SimulatedAirflow, clock: Clock
) -> None:
    airflow.add_run("load_mart", RUN, ["merge"])
    airflow.finish("load_mart", RUN, "merge", "failed")
    site.done("composer.runs")
    clock.now = at(0.5)
    with airflow.lock:
        airflow._state.cleared = list(airflow._state.instances)  # noqa: SLF001
    airflow.take_cleared()
    airflow.finish("load_mart", RUN, "merge", "success")
    site.done("composer.runs", at(1))
    task = site.jobs()[f"load_mart/{RUN}/merge"]
    assert (task.state, task.attempt) == ("succeeded", 2)


def test_every_page_is_read(site: CollectingSite, airflow: SimulatedAirflow) -> None:
    for number in range(205):
        airflow.add_run("hourly", f"run-{number}", ["only"])
    airflow.add_run("mapped", "run", ["each"], mapped=120)
    site.done("composer.runs")
    assert len(site.jobs()) == 2 * 205 + 121
    assert "mapped/run/each[119]" in site.jobs()


def test_unchanged_runs_are_not_read(site: CollectingSite, airflow: SimulatedAirflow, clock: Clock) -> None:
    clock.now = at(-48)
    airflow.add_run("load_mart", "old", ["merge"])
    site.done("composer.runs")
    assert site.jobs() == {}


@pytest.mark.permissions
def test_a_denied_call_is_reported(site: CollectingSite, airflow: SimulatedAirflow) -> None:
    airflow.fail_next(*[Reply(403, {"detail": "Forbidden"})] * 2)
    result = site.run("composer.runs")
    assert (result.outcome, result.transient) == (SnapshotOutcome.FAILED, False)
    assert "403" in result.error


def metadata_database(path: Path) -> str:
    """The two tables of Airflow's metadata database, with the columns that the collector reads."""
    url = f"sqlite:///{path}"
    engine = create_engine(url)
    dates = "queued_at TIMESTAMP, start_date TIMESTAMP, end_date TIMESTAMP, updated_at TIMESTAMP"
    interval = "data_interval_start TIMESTAMP, data_interval_end TIMESTAMP"
    with engine.begin() as connection:
        connection.execute(
            text(f"CREATE TABLE dag_run (dag_id TEXT, run_id TEXT, state TEXT, run_type TEXT, {dates}, {interval})")
        )
        connection.execute(
            text(
                "CREATE TABLE task_instance (dag_id TEXT, run_id TEXT, task_id TEXT, map_index INT, state TEXT, "
                f"try_number INT, operator TEXT, {dates.replace('queued_at', 'queued_dttm')})"
            )
        )
        for run, month in (("run-1", 11), ("old", 9)):
            times = [f"2026-{month:02}-23 09:{minute}:00.000000" for minute in (30, 31, 40, 40)]
            bind = dict(zip("abcd", times, strict=True)) | {"run": run}
            connection.execute(
                text("INSERT INTO dag_run VALUES ('d', :run, 'success', 'scheduled', :a, :b, :c, :d, :e, :f)"),
                {**bind, "e": f"2026-{month:02}-16 09:30:00.000000", "f": f"2026-{month:02}-23 09:30:00.000000"},
            )
            connection.execute(
                text("INSERT INTO task_instance VALUES ('d', :run, 't', -1, 'success', 3, 'X', :a, :b, :c, :d)"), bind
            )
    engine.dispose()
    return url


def test_the_metadata_database_gives_the_same_runs(schema_store: SchemaStore, tmp_path: Path) -> None:
    connection = AirflowConnection(db_url=Secret(metadata_database(tmp_path / "airflow.db")))
    site = CollectingSite(
        schema_store, Settings(connections={"airflow": {"premises": connection}}, history_first_days=1)
    )
    site.done("composer.runs")
    jobs = site.jobs()
    assert sorted(jobs) == ["d/run-1", "d/run-1/t"]
    task = jobs["d/run-1/t"]
    assert (task.job_name, task.state, task.attempt, task.project) == ("d.t", "succeeded", 3, "premises")
    assert (task.start_at, task.end_at) == (TEN - 29 * MINUTE, TEN - 20 * MINUTE)
    assert jobs["d/run-1"].labels == {"schedule_interval_seconds": str(7 * 86_400)}


def declare(airflow: SimulatedAirflow, dag: str, schedule: str | None) -> None:
    """Gives a DAG a schedule in the form of this Airflow version."""
    due = {"next_dagrun_run_after" if airflow.version == 3 else "next_dagrun_create_after": at(1).isoformat()}
    old: dict[str, Any] = {"__type": "CronExpression", "value": schedule}
    if schedule == "2:00:00":
        old = {"__type": "TimeDelta", "days": 0, "seconds": 7200, "microseconds": 0}
    shown = (
        {"timetable_summary": schedule} if airflow.version == 3 else {"schedule_interval": old if schedule else None}
    )
    airflow.facts.schedules[dag] = {**due, **shown}


@pytest.mark.permissions
def test_what_dags_declare_is_stored_beside_what_their_runs_show(
    site: CollectingSite, airflow: SimulatedAirflow
) -> None:
    declare(airflow, "hourly", "15 * * * *")
    declare(airflow, "every_two_hours", "2:00:00")
    declare(airflow, "after_orders", "Asset")
    declare(airflow, "by_hand", None)
    airflow.pause("hourly")
    site.done("composer.schedules")
    rows = {row.job_name: row for row in site.rows(JobSchedule)}
    assert {name: (row.schedule, row.interval_seconds, row.state) for name, row in rows.items()} == {
        "hourly": ("15 * * * *", 3600, "paused"),
        "every_two_hours": ("2:00:00", 7200, "enabled"),
        "after_orders": ("Asset", None, "enabled"),
        "by_hand": ("", None, "enabled"),
    }
    assert (rows["hourly"].service, rows["hourly"].project, rows["hourly"].next_run_at) == ("airflow", "main", at(1))
    del airflow.facts.schedules["hourly"]
    site.done("composer.schedules", at(2))
    assert {row.job_name for row in site.rows(JobSchedule) if row.state == "deleted"} == {"hourly"}


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("schedule_interval TEXT, is_active BOOLEAN", ("'\"0 3 * * *\"'", "1")),  # Airflow 2
        ("timetable_summary TEXT, is_stale BOOLEAN", ("'0 3 * * *'", "0")),  # Airflow 3
    ],
    ids=["2", "3"],
)
def test_the_metadata_database_has_the_same_schedules(
    schema_store: SchemaStore, tmp_path: Path, columns: str, values: tuple[str, str]
) -> None:
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        every = "dag_id TEXT, is_paused BOOLEAN, timetable_description TEXT, next_dagrun_create_after TIMESTAMP"
        connection.execute(text(f"CREATE TABLE dag ({every}, {columns})"))
        for dag, gone in (("daily", values[1]), ("old", "0" if values[1] == "1" else "1")):
            row = f"'{dag}', 0, 'At 03:00', '2026-11-24 03:00:00.000000', {values[0]}, {gone}"
            connection.execute(text(f"INSERT INTO dag VALUES ({row})"))  # noqa: S608 - constants
    engine.dispose()
    connections = {"airflow": {"main": AirflowConnection(db_url=Secret(url))}}
    site = CollectingSite(schema_store, Settings(connections=connections, history_first_days=1))
    site.done("composer.schedules")
    (row,) = site.rows(JobSchedule)
    assert (row.job_name, row.schedule, row.interval_seconds, row.state) == ("daily", "0 3 * * *", 86_400, "enabled")
    assert row.next_run_at == datetime(2026, 11, 24, 3, tzinfo=UTC)
