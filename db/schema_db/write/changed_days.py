"""Marks the changed days of the large tables, which copies have to read again.

Writers insert a mark in the transaction that changes rows. A copy reads the marks first and the rows after, and deletes
the marks that it read: a row that changes during the copy leaves a newer mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from db.insert import dialect_of
from db.schema_db.models import ChangedDay, SchemaBase
from db.schema_db.selection import chunks
from shared.lazy.dataclass import dataclass

MARKS = SchemaBase.metadata.tables[ChangedDay.__tablename__]
# The day for rows without a time: a change marks all of them.
ALWAYS = date(1970, 1, 1)
# Marks of job_runs for the sums of days (insights/cost, insights/jobs): each reader of marks deletes its own.
COST, JOBS = "cost_days", "job_days"
SUMS = (COST, JOBS)
# The columns that determine the day of a row: the first that is not NULL.
TIMES: dict[str, tuple[str, ...]] = {
    "points_fine": ("time",),
    "points_hourly": ("time",),
    "points_daily": ("time",),
    "job_runs": ("start_at", "created_at", "end_at"),
    "user_actions": ("hour",),
    "table_sizes": ("day",),
    "quality_results": ("time",),
}


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """A day of a table with the numbers of its marks."""

    day: date
    marks: tuple[int, ...]


def mark(session: Session, name: str, day: date) -> None:
    """Marks a UTC day of the table `name` as changed."""
    session.execute(insert(MARKS).values(name=name, day=day))


def mark_staged(session: Session, name: str, stage: FromClause) -> None:
    """Marks the days of the rows in `stage`; does nothing for a table that is not copied."""
    for statement in _of_staged(dialect_of(session), name, stage):
        session.execute(statement)


@cache
def _of_staged(dialect: str, name: str, stage: FromClause) -> list[Insert]:
    times = [stage.columns[column] for column in TIMES.get(name, ())]
    if not times:
        return []
    time_of: Any = func.coalesce(*times) if len(times) > 1 else times[0]
    day = time_of if name == "table_sizes" else _day(dialect, time_of)
    readers = (name, *SUMS) if name == "job_runs" else (name,)
    days = (select(literal(reader), day).where(time_of.is_not(None)).distinct() for reader in readers)
    return [insert(MARKS).from_select(["name", "day"], of_reader) for of_reader in days]


def mark_moved(session: Session, table: Table, stage: FromClause) -> None:
    """Marks, for the sums of days, the days of stored runs whose start differs in `stage`."""
    if table.name == "job_runs":
        for statement in _of_moved(dialect_of(session), table, stage):
            session.execute(statement)


@cache
def _of_moved(dialect: str, table: Table, stage: FromClause) -> list[Insert]:
    same = [table.c[column.name] == stage.columns[column.name] for column in table.primary_key]
    moved = table.c.start_at.is_not(None) & table.c.start_at.is_distinct_from(stage.columns["start_at"])
    day = _day(dialect, table.c.start_at)
    days = (select(literal(reader), day).where(*same, moved).distinct() for reader in SUMS)
    return [insert(MARKS).from_select(["name", "day"], of_reader) for of_reader in days]


def _day(dialect: str, time: Any) -> Any:
    """The UTC day of a time."""
    return func.date(time) if dialect == "sqlite" else cast(func.timezone("UTC", time), Date)


def marked(session: Session, name: str) -> list[MarkedDay]:
    """The marked days of a table, oldest first."""
    by_day: defaultdict[date, list[int]] = defaultdict(list)
    marks = select(MARKS.c.day, MARKS.c.id).where(MARKS.c.name == name).order_by(MARKS.c.day, MARKS.c.id)
    for day, number in session.execute(marks):
        by_day[day].append(number)
    return [MarkedDay(day, tuple(numbers)) for day, numbers in by_day.items()]


def unmark(session: Session, days: Sequence[MarkedDay]) -> None:
    """Deletes these marks, but none that were added later."""
    numbers = [number for item in days for number in item.marks]
    for some in chunks(numbers):
        session.execute(delete(MARKS).where(MARKS.c.id.in_(some)))


def collapse(session: Session) -> None:
    """Keeps only the latest mark of each day; without a copy in BigQuery, nothing else deletes marks."""
    newer = MARKS.alias()
    newest = select(func.max(newer.c.id)).group_by(newer.c.name, newer.c.day)
    session.execute(delete(MARKS).where(MARKS.c.id.not_in(newest)))


def within(table: FromClause, name: str, days: Collection[date]) -> ColumnElement[bool]:
    """The condition for rows of these days, in a form that uses the index on the first column."""
    if name not in TIMES:
        return literal(value=True)
    columns = [table.columns[column] for column in TIMES[name]]
    return or_(
        *(
            and_(*(earlier.is_(None) for earlier in columns[:index]), _is_on(column, day))
            for index, column in enumerate(columns)
            for day in days
        )
    )


def _is_on(column: ColumnElement[Any], day: date) -> ColumnElement[bool]:
    if isinstance(column.type, Date):
        return column == day
    start = datetime.combine(day, time(), UTC)
    return and_(column >= start, column < start + timedelta(days=1))
