"""Rows that are valid from a time until another (bindings, group members, roles), and arithmetic of periods of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, or_

from db.schema_db.models import Binding, GroupMember, Role

Interval: TypeAlias = type[Binding] | type[GroupMember] | type[Role]
Period: TypeAlias = tuple[datetime, datetime]  # both ends belong to it; a moment is a period of length 0
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def valid_in(table: Interval, window: Period) -> ColumnElement[bool]:
    """The rows that are valid at some moment of a window. At its `valid_to` a row is not valid any more."""
    start, end = window
    return (table.valid_from <= end) & or_(table.valid_to.is_(None), table.valid_to > start)


def valid_at(table: Interval, at: datetime) -> ColumnElement[bool]:
    """The rows that are valid at a moment."""
    return valid_in(table, (at, at))


def still_valid(table: Interval) -> ColumnElement[bool]:
    """The rows without an end."""
    return table.valid_to.is_(None)


def overlap(one: Period, other: Period) -> Period | None:
    """The time that two periods share, None if they share none."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start <= end else None


def common(some: Iterable[Period], others: Iterable[Period]) -> list[Period]:
    """The time that a period of each shares."""
    others = list(others)
    return [found for one in some for other in others if (found := overlap(one, other))]


def joined(periods: Iterable[Period]) -> Iterator[Period]:
    """The periods in order; periods that touch become one."""
    made: Period | None = None
    for start, end in sorted(periods):
        if made is not None and start <= made[1]:
            made = (made[0], max(made[1], end))
            continue
        if made is not None:
            yield made
        made = (start, end)
    if made is not None:
        yield made


def cover(periods: Iterable[Period], needed: Period) -> bool:
    """Whether the periods leave no gap in the needed one."""
    return any(start <= needed[0] and end >= needed[1] for start, end in joined(periods))
