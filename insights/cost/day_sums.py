"""Reads the cost of BigQuery by day from its sums: a page adds up days instead of the runs of half a year.

A day is read from its sums while no run of it changed since they were written: the writer of runs marks the days that it
changes, in the same transaction. Today and every marked day are read from the runs, so that late runs count at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import ChangedDay, CostDay
from db.schema_db.write.changed_days import COST

ONE = timedelta(days=1)
WHOLE = ""  # the dimension of the row with the sums of the whole day
Range = tuple[date, date]  # of days, both included


def summed_days(session: Session, first: date, end: date) -> set[date]:
    """The days from `first` until before `end` whose sums are those of their runs."""
    changed = select(ChangedDay.id).where(ChangedDay.name == COST, ChangedDay.day == CostDay.day).exists()
    whole = CostDay.dimension == WHOLE, CostDay.day >= first, CostDay.day < end
    return set(session.scalars(select(CostDay.day).where(*whole, ~changed)))


def divided(session: Session, since: datetime, until: datetime) -> tuple[list[Range], list[tuple[datetime, datetime]]]:
    """The summed UTC days that lie wholly in [since, until), and the times beside them, both in order."""
    first = since.astimezone(UTC).date()
    first += ONE if _begin(first) < since else timedelta(0)
    last = until.astimezone(UTC).date()
    days = list(_ranges(summed_days(session, first, last))) if first < last else []
    times = [since, *(bound for start, end in days for bound in (_begin(start), _begin(end + ONE))), until]
    beside = zip(times[::2], times[1::2], strict=True)
    return days, [(start, end) for start, end in beside if start < end]


def sums(session: Session, dimension: str, days: Sequence[Range], *, by_day: bool) -> Iterator[tuple[Any, ...]]:
    """Day, name, runs, bytes billed, slot-hours and those in reservations of some days; without `by_day` of all together."""
    if not days:
        return
    day: Any = CostDay.day if by_day else literal("")
    inside = or_(*(and_(CostDay.day >= first, CostDay.day <= last) for first, last in days))
    values = CostDay.runs, CostDay.bytes_billed, CostDay.slot_hours, CostDay.reserved_slot_hours
    columns = values if by_day else tuple(func.sum(value) for value in values)
    query = select(day, CostDay.name, *columns).where(CostDay.dimension == dimension, inside)
    yield from map(tuple, session.execute(query if by_day else query.group_by(CostDay.name)))


def with_dimension(session: Session, dimension: str, days: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """The days on which a run had the dimension, such as a label, and the others."""
    inside = or_(*(and_(CostDay.day >= first, CostDay.day <= last) for first, last in days))
    known = set(session.scalars(select(CostDay.day).where(CostDay.dimension == dimension, inside).distinct()))
    every = {first + number * ONE for first, last in days for number in range((last - first).days + 1)}
    return list(_ranges(known)), list(_ranges(every - known))


def times_of(days: Range) -> tuple[datetime, datetime]:
    """The begin of the first day, and the end of the last one."""
    return _begin(days[0]), _begin(days[1] + ONE)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _ranges(days: Collection[date]) -> Iterator[Range]:
    """The days in ranges without a gap, in order."""
    start: date | None = None
    for day in sorted(days):
        start = start or day
        if day + ONE not in days:
            yield start, day
            start = None
