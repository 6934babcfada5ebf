"""Computes hourly and daily points from samples: count, mean, minimum, maximum and 95th percentile.

The percentile of a day is computed from its samples, not from its hours. Writers mark the hours and days that they change
(write/points.py). Here a mark is deleted and its points are computed in one transaction, so that late samples, a crash
or a second process leave no interval out of date. An interval whose samples are partly deleted keeps its points.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, delete, func, literal, or_, select, true
from sqlalchemy.orm import Session

from db.insert import insert
from db.schema_db.models import DailyPoint, FinePoint, HourlyPoint, StaleInterval
from db.schema_db.store import SchemaStore
from db.schema_db.write.changed_days import mark
from db.schema_db.write.points import DAY, HOUR
from db.schema_db.write.upsert import changed
from db.tables import table_of
from db.types import UtcDateTime

LEVELS = {HOUR: (table_of(HourlyPoint), timedelta(hours=1)), DAY: (table_of(DailyPoint), timedelta(days=1))}
FINE = table_of(FinePoint)
STALE = table_of(StaleInterval)
# Most samples of an interval arrive within this time after its end; later ones mark it again.
SETTLED = timedelta(minutes=10)
STATISTICS = ("count", "mean", "min", "max", "p95")


def downsample(store: SchemaStore, now: datetime) -> Iterator[int]:
    """Computes every marked interval that has ended, each in its own transaction; yields the points written."""
    for level, start in stale(store, now):
        with store.transaction() as session:
            written = settle(session, level, start)
        yield written


def stale(store: SchemaStore, now: datetime) -> list[tuple[str, datetime]]:
    """The marked intervals that ended a while ago, oldest first."""
    with store.reading() as session:
        rows = session.execute(select(STALE.c.level, STALE.c.start).distinct().order_by(STALE.c.start, STALE.c.level))
        return [(level, start) for level, start in rows if start + LEVELS[level][1] + SETTLED <= now]


def settle(session: Session, level: str, start: datetime) -> int:
    """Deletes the marks of one interval and computes its points; returns how many are new or changed."""
    # The marks come first: this waits for a writer that has not committed its samples yet.
    marks = delete(STALE).where(STALE.c.level == level, STALE.c.start == start)
    return compute(session, level, start) if changed(session, marks) else 0


def compute(session: Session, level: str, start: datetime) -> int:
    """Computes the points of one interval from its samples; returns how many are new or changed."""
    table, length = LEVELS[level]
    new = insert(session, table).from_select(["series_id", "time", *STATISTICS], _points(start, start + length))
    differs = or_(*(table.c[name].is_distinct_from(new.excluded[name]) for name in STATISTICS))
    merged = new.on_conflict_do_update(
        index_elements=["series_id", "time"],
        set_={name: new.excluded[name] for name in STATISTICS},
        where=(new.excluded["count"] >= table.c["count"]) & differs,
    )
    written = changed(session, merged)
    if written:
        mark(session, table.name, start.date())
    return written


def _points(start: datetime, end: datetime) -> Select[Any]:
    """The statistics of each series in [start, end)."""
    ranked = (
        select(
            FINE.c.series_id,
            FINE.c.value,
            func.row_number().over(partition_by=FINE.c.series_id, order_by=FINE.c.value).label("rank"),
            func.count().over(partition_by=FINE.c.series_id).label("samples"),
        )
        .where(FINE.c.time >= start, FINE.c.time < end)
        .subquery()
    )
    value = ranked.c.value
    # In integers, so that both databases agree: the smallest value with at least 95 % of the samples up to it.
    p95 = func.min(case((ranked.c.rank * 100 >= ranked.c.samples * 95, value)))
    statistics = (func.count(), func.avg(value), func.min(value), func.max(value), p95)
    # Without a WHERE, SQLite parses ON CONFLICT after a FROM as a join.
    return (
        select(ranked.c.series_id, literal(start, UtcDateTime()), *statistics)
        .where(true())
        .group_by(ranked.c.series_id)
    )
