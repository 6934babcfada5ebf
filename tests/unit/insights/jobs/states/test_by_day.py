"""Runs of jobs by day of a time zone."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.states.by_day import DayRange, by_day
from shared.model import JobState
from tests.support.runs import DAY, NOW, PROJECT, daily, keep, run

pytestmark = pytest.mark.sqlite

HOUR = timedelta(hours=1)
TOKYO = DayRange(NOW, 10, "Asia/Tokyo", lambda moment: moment.astimezone(ZoneInfo("Asia/Tokyo")))
LOAD, BUILD = ("bigquery", PROJECT, "load"), ("bigquery", PROJECT, "build")


@pytest.mark.both_databases
def test_a_day_shows_the_worst_that_happened_on_it_in_the_zone_of_the_installation(schema_store: SchemaStore) -> None:
    keep(
        schema_store,
        [
            *(each for each in daily("load", [60] * 20, until=-0.4) if each.start_at and each.start_at < NOW - 3 * DAY),
            run(ago=9 * HOUR, seconds=900),  # 21:00 UTC: today in Tokyo
            run(ago=16 * HOUR, state=JobState.FAILED),
            run("build", ago=17 * HOUR, state=JobState.FAILED),
            run("build", ago=17 * HOUR),
        ],
    )
    with schema_store.reading() as session:
        grid = by_day(session, [LOAD, BUILD], TOKYO)
    assert (grid.days[0], grid.days[-1]) == (date(2026, 11, 14), date(2026, 11, 23))
    states = {day.day: cell.state for day, cell in grid.cells[LOAD].items()}
    assert (states[23], states[22], states[21], states[18]) == ("slow", "failed", "missing", "well")
    assert (grid.cells[BUILD][date(2026, 11, 22)].runs, grid.count("failed")) == (2, 2)
    assert grid.in_common() == [(date(2026, 11, 22), "failed", ["build", "load"])]
    assert grid.good_days(BUILD) == (0, 1)
    assert [job[2] for _, job in grid.due] == ["load"]


def test_no_job_has_no_days(sqlite_schema_store: SchemaStore) -> None:
    with sqlite_schema_store.reading() as session:
        grid = by_day(session, [], TOKYO)
    assert (len(grid.days), grid.cells, grid.count("runs")) == (10, {}, 0)
