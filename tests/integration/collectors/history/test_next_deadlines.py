"""The check of late jobs stores by when the next runs must end: on time, late, or not yet learned."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.app import run as hinomi
from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.deadlines import write_deadlines
from insights.jobs.deadlines.stored import next_deadlines
from shared.config import Settings
from shared.history import DeadlineState, JobDeadlineRow
from shared.model import JobState
from tests.integration.collectors.history.test_late_jobs import HOUR, World, at_three
from tests.integration.collectors.history.test_usual_ends import THREE, _moved, varying
from tests.support.runs import DAY, MINUTE, NOW

pytestmark = pytest.mark.sqlite


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LateJobCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def seen(world: World, now: datetime) -> dict[str, JobDeadlineRow]:
    """The stored deadlines after a check, by job."""
    world.observe(now)
    with world.check.schema.reading() as session:
        return {row.job_name: row for row in next_deadlines(session, now)}


def test_a_run_that_is_due_has_its_usual_end_before_it_starts(world: World) -> None:
    world.keep(varying())
    row = seen(world, THREE - HOUR)["load_sales"]
    assert (row.state, row.is_running, row.is_declared) == (DeadlineState.ON_TIME, False, False)
    assert row.runs >= 15
    assert row.expected_end == row.usual_end
    assert row.usual_end is not None
    assert row.deadline_at is not None
    assert THREE + 55 * MINUTE < row.usual_end < THREE + 75 * MINUTE < row.deadline_at == row.order_at
    assert row.chance is not None
    assert row.chance < 0.1


def test_the_state_follows_the_run_until_it_has_ended(world: World) -> None:
    started = _moved(at_three(0, end_at=None, state=JobState.RUNNING), 5 * MINUTE)
    world.keep([*varying(), started])
    running = seen(world, THREE + 30 * MINUTE)["load_sales"]
    assert (running.state, running.is_running) == (DeadlineState.ON_TIME, True)
    late = seen(world, THREE + 90 * MINUTE)["load_sales"]
    assert (late.state, late.is_running) == (DeadlineState.LATE, True)
    assert late.deadline_at == running.deadline_at
    world.keep([replace(started, end_at=THREE + 105 * MINUTE, state=JobState.SUCCEEDED)])
    tomorrow = seen(world, THREE + 4 * HOUR)["load_sales"]
    assert tomorrow.due_at is not None
    assert abs(tomorrow.due_at - THREE - DAY) < 10 * MINUTE
    assert (tomorrow.state, tomorrow.is_running) == (DeadlineState.ON_TIME, False)


def test_a_job_with_few_runs_is_learning(world: World) -> None:
    world.keep(at_three(ago) for ago in range(1, 6))
    row = seen(world, THREE - HOUR)["load_sales"]
    assert (row.state, row.runs, row.deadline_at, row.due_at) == (DeadlineState.LEARNING, 5, None, THREE)
    assert row.expected_end is not None


def test_a_declared_deadline_counts_until_a_run_succeeded_for_it(world: World) -> None:
    job: dict[str, Any] = {
        "job": ["load_sales"],
        "service": ["*"],
        "project": ["*"],
        "every": None,
        "finish_by": "07:00",
    }
    job |= {"grace": None, "weekdays": list(range(7)), "holidays": [], "ignore": False}
    world.check = LateJobCheck(
        world.check.schema, world.check.errors, Settings(), world.check.plan, {"jobs": [job], "holidays": []}
    )
    world.keep(varying())
    row = seen(world, THREE - HOUR)["load_sales"]
    assert (row.state, row.is_declared, row.deadline_at) == (DeadlineState.ON_TIME, True, THREE + 4 * HOUR)
    assert row.usual_end is not None
    assert row.expected_end == row.usual_end
    world.keep([at_three(0)])
    following = seen(world, THREE + 3 * HOUR)
    assert "load_sales" not in following
    assert seen(world, THREE + 5 * HOUR)["load_sales"].deadline_at == THREE + 4 * HOUR + DAY


def test_the_command_lists_the_deadlines(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", str(world.check.schema.engine.url))
    assert hinomi(["jobs", "deadlines"]) == 0
    assert "No snapshots yet" in capsys.readouterr().out
    end = datetime.now(UTC)
    row = JobDeadlineRow(
        "airflow", "etl", "load_sales", end + HOUR, DeadlineState.ON_TIME, known_until=end, seen_at=end,
        is_running=True, expected_end=end + 30 * MINUTE, deadline_at=end + HOUR, chance=0.07, runs=20,
    )  # fmt: skip
    with world.check.schema.transaction() as session:
        write_deadlines(session, [row], end)
    assert hinomi(["jobs", "deadlines", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["job_name"], row["state"], row["is_running"]) == ("load_sales", "on_time", True)
    assert hinomi(["jobs", "deadlines"]) == 0
    out = capsys.readouterr().out
    assert "on time" in out
    assert "load_sales" in out
    assert "7 %" in out
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert hinomi(["jobs", "deadlines"]) == 0
    assert "予定どおり" in capsys.readouterr().out


def test_nothing_is_said_of_runs_that_were_not_read_for_hours(world: World) -> None:
    world.keep(varying())
    assert "load_sales" in seen(world, THREE - HOUR)
    with world.check.schema.reading() as session:
        assert next_deadlines(session, NOW) == []
