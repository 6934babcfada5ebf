"""UTC days with stored sums: a page adds up days instead of weeks of runs.

The sums of a day are used while no run of the day has changed since they were written: whoever writes runs marks the
days of the runs in the same transaction. Today and marked days are read from the runs, so that late runs count at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta

ONE = timedelta(days=1)
Range = tuple[date, date]  # of days, both included
Times = tuple[datetime, datetime]  # the end is not included


def divided(
    since: datetime, until: datetime, summed: Callable[[date, date], set[date]]
) -> tuple[list[Range], list[Times]]:
    """The summed UTC days that lie wholly in [since, until), and the remaining periods, both in order.

    `summed` returns the summed days from one day until before another.
    """
    first = since.astimezone(UTC).date()
    first += ONE if begin(first) < since else timedelta(0)
    last = until.astimezone(UTC).date()
    days = list(ranges(summed(first, last))) if first < last else []
    times = [since, *(bound for start, end in days for bound in (begin(start), begin(end + ONE))), until]
    beside = zip(times[::2], times[1::2], strict=True)
    return days, [(start, end) for start, end in beside if start < end]


def begin(day: date) -> datetime:
    """The start of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def ranges(days: Collection[date]) -> Iterator[Range]:
    """Joins consecutive days to ranges, in order."""
    start: date | None = None
    for day in sorted(days):
        start = start or day
        if day + ONE not in days:
            yield start, day
            start = None
