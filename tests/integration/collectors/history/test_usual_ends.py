"""A job that will miss its usual end is an incident while it runs, with the upstream job that delays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cli.app import run as hinomi
from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.history import JobRunRow
from shared.model import IncidentKind, JobState, Status
from shared.texts.recorded import next_steps
from tests.integration.collectors.history.test_late_jobs import HOUR, World, at_three
from tests.support.findings import finding
from tests.support.runs import DAY, MINUTE, NOW, PROJECT

pytestmark = pytest.mark.sqlite
THREE = NOW - 3 * HOUR
RAW, MART = f"{PROJECT}.raw.orders", f"{PROJECT}.mart.orders"


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LateJobCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def varying(days: range = range(1, 29)) -> list[JobRunRow]:
    """Runs of a load that starts between 03:00 and 03:10, and takes 55 to 65 minutes."""
    random = Random(3)
    rows = (at_three(ago, minutes=random.uniform(55, 65)) for ago in days)
    return [_moved(row, random.uniform(0, 10) * MINUTE) for row in rows]


def _moved(row: JobRunRow, by: timedelta) -> JobRunRow:
    assert row.start_at is not None
    return replace(row, start_at=row.start_at + by, end_at=row.end_at + by if row.end_at else None)


def chain(days: range, *, waits: bool = True) -> Iterator[JobRunRow]:
    """Runs of a load that takes 20 to 80 minutes, and of a mart.

    The mart starts two minutes after the load, or always at 05:00 without `waits`.
    """
    random = Random(5)
    for ago in days:
        load = at_three(ago, "load", minutes=random.uniform(20, 80), destination=RAW)
        start = load.end_at + 2 * MINUTE if waits and load.end_at else THREE - ago * DAY + 2 * HOUR
        mart = at_three(ago, "mart", destination=MART, sources=[RAW])
        yield from (load, replace(mart, start_at=start, end_at=start + random.uniform(28, 32) * MINUTE))


def test_a_run_that_started_in_time_and_will_end_late_is_an_incident_before_its_end(world: World) -> None:
    started = _moved(at_three(0, end_at=None, state=JobState.RUNNING), 19 * MINUTE)
    world.keep([*varying(), started])
    assert world.observe(THREE + 30 * MINUTE) == 0
    assert world.incidents() == []
    world.keep([replace(started, start_at=THREE + 32 * MINUTE)])
    assert world.observe(THREE + 40 * MINUTE) == 1
    (incident,) = world.incidents()
    assert incident.summary.startswith("load_sales will probably end at 2026-11-23 04:3")
    assert "%): it usually ends at 2026-11-23 04:0" in incident.summary
    world.keep([replace(started, start_at=THREE + 32 * MINUTE, end_at=NOW - HOUR, state=JobState.SUCCEEDED)])
    assert world.observe(NOW) == 1
    assert world.incident().status is Status.RESOLVED


def test_what_is_declared_overrides_the_usual_end(world: World) -> None:
    job = {
        "job": ["load_sales"],
        "service": ["*"],
        "project": ["*"],
        "every": None,
        "finish_by": "07:00",
        "grace": None,
    }
    expectations = {"jobs": [{**job, "weekdays": list(range(7)), "holidays": [], "ignore": False}]}
    world.check = replace(world.check, expectations=expectations)
    world.keep([*varying(), _moved(at_three(0, end_at=None, state=JobState.RUNNING), 32 * MINUTE)])
    assert world.observe(THREE + 40 * MINUTE) == 0


def test_a_job_that_waits_is_named_in_the_incident_of_the_upstream_job(world: World) -> None:
    world.keep(chain(range(1, 29)))
    running = at_three(0, "load", end_at=None, state=JobState.RUNNING, destination=RAW)
    world.keep([running])
    world.observe(THREE + 2 * HOUR + 30 * MINUTE)
    (incident,) = world.incidents()
    assert "waits" not in incident.summary
    world.observe(THREE + 3 * HOUR + 30 * MINUTE)
    (incident,) = world.incidents()
    assert incident.resource == "load"
    assert incident.summary.endswith("; 1 job waits for it: mart")
    assert ("hinomi jobs late") in [command for _, command in next_steps(incident, "ja")]


def test_a_job_is_not_surely_late_because_an_upstream_run_may_be(world: World) -> None:
    """At weekends both jobs take less time, but the load may take as long as on a working day."""
    random = Random(6)
    for ago in range(2, 37):
        is_weekend = (NOW - ago * DAY).weekday() >= 5
        load = at_three(ago, "load", minutes=random.uniform(*((20, 30) if is_weekend else (38, 52))), destination=RAW)
        start = (load.end_at or NOW) + 2 * MINUTE
        mart = at_three(ago, "mart", destination=MART, sources=[RAW])
        world.keep([load, replace(mart, start_at=start, end_at=start + random.uniform(4, 6) * MINUTE)])
    sunday = at_three(1, "load", end_at=None, state=JobState.RUNNING, destination=RAW)
    world.keep([sunday])
    assert world.observe(THREE - DAY + 18 * MINUTE) == 0
    assert world.observe(THREE - DAY + 50 * MINUTE) == 1
    (incident,) = world.incidents()
    assert incident.resource == "load"


def test_a_run_of_a_weekend_is_compared_with_runs_of_weekends(world: World) -> None:
    """A run on a weekend takes a minute longer than most, and less than a run on a working day."""
    random = Random(7)
    for ago in range(2, 37):
        is_weekend = (NOW - ago * DAY).weekday() >= 5
        world.keep([at_three(ago, minutes=random.uniform(*((66, 69) if is_weekend else (90, 98))))])
    world.keep([at_three(1, end_at=None, state=JobState.RUNNING)])
    assert world.observe(THREE - DAY + 68 * MINUTE) == 0
    assert world.observe(THREE - DAY + 70 * MINUTE) == 0
    assert world.observe(THREE - DAY + 120 * MINUTE) == 1


def test_a_job_that_follows_the_clock_does_not_wait(world: World) -> None:
    world.keep(chain(range(1, 29), waits=False))
    world.keep([at_three(0, "load", end_at=None, state=JobState.RUNNING, destination=RAW)])
    world.observe(THREE + 2 * HOUR + 5 * MINUTE)
    (incident,) = world.incidents()
    assert "waits" not in incident.summary


def test_a_job_that_waits_for_a_failed_one_has_no_incident_of_its_own(world: World) -> None:
    world.keep(chain(range(1, 29)))
    world.keep([at_three(0, "load", state=JobState.FAILED, destination=RAW)])
    with world.check.errors().transaction(NOW) as transaction:
        transaction.record(finding(resource="load", kind=IncidentKind.JOB_FAILURE), redact=())
    assert world.observe(NOW + 6 * HOUR) == 0


def test_a_late_job_says_which_upstream_run_holds_it_up(world: World) -> None:
    """The upstream job failed without an incident; the incident of the waiting job names it."""
    world.keep(chain(range(1, 29)))
    world.keep([at_three(0, "load", state=JobState.FAILED, destination=RAW)])
    assert world.observe(NOW + 6 * HOUR) == 1
    (incident,) = world.incidents()
    assert incident.resource == "mart"
    assert incident.summary.endswith("it waits for load, which failed")


def test_the_command_lists_late_jobs_with_what_holds_them_up(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", str(world.check.schema.engine.url))
    assert hinomi(["jobs", "late"]) == 0
    assert "No snapshots yet" in capsys.readouterr().out
    end = datetime.now(UTC)
    shift = end - NOW - 6 * HOUR
    rows = [*chain(range(1, 29)), at_three(0, "load", state=JobState.FAILED, destination=RAW)]
    world.keep([_moved(row, shift) for row in rows])
    world.observe(end)
    assert hinomi(["jobs", "late", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["job"], row["held_up_by"][0]["job"], row["held_up_by"][0]["state"]) == ("mart", "load", "failed")
    assert hinomi(["jobs", "late"]) == 0
    assert "mart" in capsys.readouterr().out
    assert hinomi(["jobs", "late", "--service", "vertex_ai"]) == 0
    assert "No snapshots" in capsys.readouterr().out
