"""A declared schedule takes precedence over the learned times of a job: its times, and the usual wait after them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.models import JobSchedule
from db.schema_db.store import SchemaStore
from shared.config import Settings
from tests.integration.collectors.history.test_late_jobs import HOUR, World, at_three, habit
from tests.support.runs import DAY, NOW, PROJECT, run

pytestmark = pytest.mark.sqlite


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(LateJobCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def declare(world: World, schedule: str, next_run: timedelta, zone: str = "UTC") -> None:
    """Declares a schedule for the daily load; the next run is this long after NOW (06:00 on a Monday)."""
    with world.check.schema.transaction() as session:
        session.merge(
            JobSchedule(
                service="bigquery", project=PROJECT, location="us", job_name="load_sales", schedule=schedule,
                time_zone=zone, next_run_at=NOW + next_run, state="enabled", seen_at=NOW,
            )
        )  # fmt: skip


def test_a_job_that_was_moved_is_late_by_its_new_time_only(world: World) -> None:
    world.keep(habit())
    declare(world, "0 17 * * *", 2 * HOUR, "Asia/Tokyo")
    assert world.observe(NOW + HOUR) == 0  # it used to start at 03:00
    assert world.observe(NOW + 4 * HOUR) == 1
    assert "according to its scheduler, it was due at 2026-11-23 08:00 UTC" in world.incidents()[0].summary


def test_a_job_without_a_habit_is_expected_as_declared(world: World) -> None:
    world.keep([at_three(1)])  # its first run
    declare(world, "@daily", 18 * HOUR)
    assert world.observe(NOW - 6 * HOUR) == 0
    assert world.observe(NOW) == 1


def test_a_job_that_waits_after_its_declared_time_is_late_after_its_usual_wait(world: World) -> None:
    world.keep(habit())
    declare(world, "every day 01:00", 19 * HOUR)
    assert world.observe(NOW - 3 * HOUR) == 0
    assert world.observe(NOW) == 1
    assert "according to its runs in recent weeks, it was due at 2026-11-23 03:00 UTC" in world.incidents()[0].summary


def test_a_job_moves_with_the_clock_of_its_schedule(world: World) -> None:
    """In New York, 03:00 is 07:00 UTC until 1 November 2026, and 08:00 UTC from then on."""
    sunday = NOW - 22 * DAY
    world.keep([run("load_sales", ago=NOW - sunday - HOUR + days * DAY) for days in range(1, 29)])
    declare(world, "0 3 * * *", sunday + 2 * HOUR - NOW, "America/New_York")
    assert world.observe(sunday + 2 * HOUR) == 0
    assert world.observe(sunday + 3 * HOUR) == 1


def test_a_day_that_the_schedule_leaves_out_is_no_missing_run(world: World) -> None:
    world.keep(habit())
    declare(world, "0 3 * * 2-6", DAY - 3 * HOUR)
    assert world.observe(NOW) == 0


@pytest.mark.parametrize("schedule", ["0 12 * * *", "*/20 * * * *", "every 24 hours", "on new files"])
def test_a_schedule_that_its_next_run_contradicts_or_without_times_of_day_changes_nothing(
    world: World, schedule: str
) -> None:
    world.keep(habit())
    declare(world, schedule, 21 * HOUR)
    assert world.observe(NOW) == 1
