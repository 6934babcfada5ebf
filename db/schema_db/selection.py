"""Shared parts of queries: rows that are valid in a window of time, rows with one of many values, and periods.

Bindings, group members and roles are valid from one time until another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import ARRAY, ColumnElement, String, Text, any_, bindparam, or_
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from db.schema_db.models import Binding, GroupMember, Role

    Interval: TypeAlias = type[Binding | GroupMember | Role]

CHUNK = 500  # values in one IN (…): an old SQLite takes 999 variables in a statement
Item = TypeVar("Item")
Period: TypeAlias = tuple[datetime, datetime]  # includes both ends; a moment is a period of length 0
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def valid_in(table: Interval, window: Period) -> ColumnElement[bool]:
    """The condition for rows that are valid at some moment of a window; `valid_to` is exclusive."""
    start, end = window
    return (table.valid_from <= end) & or_(table.valid_to.is_(None), table.valid_to > start)


def valid_at(table: Interval, at: datetime) -> ColumnElement[bool]:
    """The condition for rows that are valid at a moment."""
    return valid_in(table, (at, at))


def still_valid(table: Interval) -> ColumnElement[bool]:
    """The condition for rows without an end."""
    return table.valid_to.is_(None)


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in order, in parts of at most `size`; no part for no items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def rows_in(session: Session, query: Any, column: Any, values: Sequence[Any] | None) -> Iterator[Any]:
    """The rows of a query whose column has one of the values; all rows if `values` is None."""
    if values is None:
        yield from session.execute(query)
        return
    for condition in one_of(session, column, values):
        yield from session.execute(query.where(condition))


def one_of(session: Session, column: Any, values: Sequence[Any]) -> Iterator[ColumnElement[bool]]:
    """The conditions for rows whose column has one of the values, each for as many values as a statement takes."""
    if values and session.get_bind().dialect.name == "postgresql":
        # One array costs less than a variable for each value.
        kind = Text() if isinstance(column.type, String) else column.type
        yield column == any_(bindparam(f"any_{column.key}", list(values), ARRAY(kind)))
        return
    yield from (column.in_(some) for some in chunks(values))


def overlap(one: Period, other: Period) -> Period | None:
    """The overlap of two periods, None if there is none."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start <= end else None


def common(some: Iterable[Period], others: Iterable[Period]) -> list[Period]:
    """The overlaps of the periods in two lists."""
    others, overlaps = list(others), list[Period]()
    for start, end in some:
        for first, last in others:  # as `overlap`, without its calls: an answer compares thousands of periods
            later = start if start > first else first  # noqa: FURB136
            earlier = end if end < last else last  # noqa: FURB136
            if later <= earlier:
                overlaps.append((later, earlier))
    return overlaps


def joined(periods: Iterable[Period]) -> Iterator[Period]:
    """The periods in order, with overlapping and adjacent ones merged."""
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
    """Whether the periods cover the required period without a gap."""
    return any(start <= needed[0] and end >= needed[1] for start, end in joined(periods))
