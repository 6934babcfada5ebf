"""The longest interval between two runs of a schedule, from its days and times of day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from itertools import pairwise

DAY_MINUTES = 24 * 60
_FIRST, _DAYS = date(2024, 1, 1), 9 * 366  # with three leap years: a schedule may run on 29 February only


def longest_interval(runs_on: Callable[[date], bool], minutes: Collection[int]) -> timedelta | None:
    """The longest time between two runs; None for a schedule that never runs twice.

    `minutes` are times of day in minutes after midnight. Days are days of the schedule's own time zone; the extra hour
    at the end of daylight saving time is not counted.
    """
    times = sorted(set(minutes))
    days = [each for each in range(_DAYS) if runs_on(_FIRST + timedelta(days=each))] if times else []
    between = [(after - before) * DAY_MINUTES + times[0] - times[-1] for before, after in pairwise(days)]
    if not between:
        return None
    return timedelta(minutes=max(*_within_a_day(times), *between, 0))


def _within_a_day(times: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(times)]
