"""Sums of the cost of BigQuery by UTC day, so that a page adds up days instead of half a year of runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import ChangedDay, CostDay
from db.schema_db.write.changed_days import COST
from insights import day_ranges
from insights.day_ranges import ONE, Range, Times, begin, ranges

WHOLE = ""  # the dimension of the row with the sums of the whole day


def summed_days(session: Session, first: date, end: date) -> set[date]:
    """The days from `first` until before `end` whose sums are current."""
    changed = select(ChangedDay.id).where(ChangedDay.name == COST, ChangedDay.day == CostDay.day).exists()
    whole = CostDay.dimension == WHOLE, CostDay.day >= first, CostDay.day < end
    return set(session.scalars(select(CostDay.day).where(*whole, ~changed)))


def divided(session: Session, since: datetime, until: datetime) -> tuple[list[Range], list[Times]]:
    """The summed UTC days that lie wholly in [since, until), and the remaining periods, both in order.

    Each period is divided once in a session: the parts of a page ask for the same one.
    """
    known: dict[Times, tuple[list[Range], list[Times]]] = session.info.setdefault(divided, {})
    if (since, until) not in known:
        known[since, until] = day_ranges.divided(since, until, lambda first, end: summed_days(session, first, end))
    return known[since, until]


def sums(
    session: Session, dimension: str, days: Sequence[Range], *, by_day: bool, names: Collection[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Day, name, runs, bytes billed, slot-hours and reserved slot-hours of some days; added up without `by_day`."""
    if not days:
        return
    day: Any = CostDay.day if by_day else literal("")
    if names is None:
        inside = [or_(*(and_(CostDay.day >= first, CostDay.day <= last) for first, last in days))]
    else:  # each row from its place in the index, without the other names of its day
        inside = [CostDay.day.in_(_each(days)), CostDay.name.in_(sorted(names))]
    values = CostDay.runs, CostDay.bytes_billed, CostDay.slot_hours, CostDay.reserved_slot_hours
    columns = values if by_day else tuple(func.sum(value) for value in values)
    query = select(day, CostDay.name, *columns).where(CostDay.dimension == dimension, *inside)
    yield from map(tuple, session.execute(query if by_day else query.group_by(CostDay.name)))


def with_dimension(session: Session, dimension: str, days: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """The days on which a run had the dimension, such as a label, and the other days."""
    inside = or_(*(and_(CostDay.day >= first, CostDay.day <= last) for first, last in days))
    known = set(session.scalars(select(CostDay.day).where(CostDay.dimension == dimension, inside).distinct()))
    return list(ranges(known)), list(ranges(set(_each(days)) - known))


def _each(days: Sequence[Range]) -> list[date]:
    """Every day in these ranges."""
    return [first + number * ONE for first, last in days for number in range((last - first).days + 1)]


def times_of(days: Range) -> Times:
    """The start of the first day and the end of the last day."""
    return begin(days[0]), begin(days[1] + ONE)
