"""A job that moved to another time of day, as pages and commands report it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from insights.jobs.cadence import moves

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 10, 26, tzinfo=UTC)  # a Monday


def printed(starts: Sequence[datetime]) -> list[str]:
    found = moves(starts, lambda moment: moment)
    return [f"{move.clocks[0]} to {move.clocks[1]} since {move.since:%d %b}" for move in found]


def every_day(hour: float, days: range) -> list[datetime]:
    return [FIRST + day * DAY + hour * HOUR for day in days]


def test_a_job_that_starts_at_another_time_has_moved_on_its_first_day_there() -> None:
    assert printed([*every_day(2, range(17)), *every_day(5.5, range(17, 24))]) == ["02:00 to 05:30 since 12 Nov"]


def test_of_two_times_the_one_that_moved_is_told_with_its_latest_move() -> None:
    kept = every_day(18, range(24))
    moved = [*every_day(4, range(9)), *every_day(23.8, range(9, 17)), *every_day(6, range(17, 24))]
    assert printed([*kept, *moved]) == ["23:48 to 06:00 since 12 Nov"]


@pytest.mark.parametrize(
    "starts",
    [
        every_day(2, range(24)),
        [*every_day(2, range(23)), *every_day(9, range(23, 24))],  # one late run
        [*every_day(2, range(24)), *every_day(9, range(20, 22))],  # two runs by hand
        [*every_day(2, range(24)), *every_day(9, range(17, 24))],  # a second time, the first is kept
        [*every_day(2, range(10)), *every_day(9, range(10, 13)), *every_day(2, range(13, 24))],  # and back
        [FIRST + day * DAY + Random(day).uniform(6, 20) * HOUR for day in range(24)],
        [FIRST + hour * HOUR for hour in range(500)],
        [],
    ],
)
def test_other_jobs_have_not_moved(starts: Sequence[datetime]) -> None:
    assert printed(starts) == []
