"""UTC days whose sums are stored: a page adds up days instead of the runs of weeks.

A day is read from its sums while no run of it changed since they were written: the writer of runs marks the days that it
changes, in the same transaction. Today and every marked day are read from the runs, so that late runs count at once.
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
    """The summed UTC days that lie wholly in [since, until), and the times beside them, both in order.

    `summed` gives the summed days from one day until before another.
    """
    first = since.astimezone(UTC).date()
    first += ONE if begin(first) < since else timedelta(0)
    last = until.astimezone(UTC).date()
    days = list(ranges(summed(first, last))) if first < last else []
    times = [since, *(bound for start, end in days for bound in (begin(start), begin(end + ONE))), until]
    beside = zip(times[::2], times[1::2], strict=True)
    return days, [(start, end) for start, end in beside if start < end]


def begin(day: date) -> datetime:
    """The first moment of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def ranges(days: Collection[date]) -> Iterator[Range]:
    """The days in ranges without a gap, in order."""
    start: date | None = None
    for day in sorted(days):
        start = start or day
        if day + ONE not in days:
            yield start, day
            start = None
