"""Writes samples: assigns ids to series, stores the samples, and marks the hours and days that they change.

Hours are marked twice: for downsampling, and for the baselines, which learn their samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import FromClause, Select, UpdateBase, and_, exists, or_, select
from sqlalchemy.orm import Session

from db.insert import dialect_of, insert, insert_of
from db.schema_db.models import FinePoint, StaleInterval, StoredSeries, UnlearnedHour
from db.schema_db.write.changed_days import ALWAYS, mark
from db.schema_db.write.temp_table import staged
from db.schema_db.write.upsert import Merge, changed, merge_values
from db.tables import table_of
from shared.history import MetricPoint, SeriesKey

HOUR = "hour"
DAY = "day"
IDENTITY = ("metric", "aligner", "labels_key")
READABLE = ("service", "unit", "project", "resource", "labels")
Identity = tuple[str, str, str]

SERIES = table_of(StoredSeries)
POINTS = Merge(table_of(FinePoint), {"series_id": "", "time": "time", "value": "value"})
STALE = table_of(StaleInterval)
UNLEARNED = table_of(UnlearnedHour)


def write_points(session: Session, snapshot_id: int, rows: Sequence[MetricPoint]) -> int:
    """Writes samples; returns how many are new or changed. Samples that are not finite numbers are left out."""
    numbers = [row for row in rows if math.isfinite(row.value)]
    if not numbers:
        return 0
    ids = name_series(session, (row.series for row in numbers))
    latest = {(ids[_identity(row.series)], row.time): row.value for row in numbers}
    _mark(session, snapshot_id, {time for _, time in latest})
    return merge_values(session, POINTS, list(POINTS.columns), ((*key, latest[key]) for key in sorted(latest)))


def name_series(session: Session, keys: Iterable[SeriesKey]) -> dict[Identity, int]:
    """The ids of the series; new series get one."""
    distinct = {_identity(key): key for key in keys}
    values = [
        (*identity, key.service, key.unit, key.project, key.resource, dict(key.labels))
        for identity, key in sorted(distinct.items())
    ]
    with staged(session, SERIES, (*IDENTITY, *READABLE), values) as stage:
        statements = _statements(dialect_of(session), stage)
        if changed(session, statements.add) + changed(session, statements.rename):
            mark(session, SERIES.name, ALWAYS)
        rows = session.execute(statements.ids)
        return {(metric, aligner, labels_key): number for number, metric, aligner, labels_key in rows}


@dataclass(frozen=True, slots=True)
class _Statements:
    """The statements on the series of a temporary table: adds new ones, renames changed ones, and selects the ids."""

    add: UpdateBase
    rename: UpdateBase
    ids: Select[int, str, str, str]


@cache
def _statements(dialect: str, stage: FromClause) -> _Statements:
    """The statements, built once, because building them takes as long as executing them for some series."""
    identity = [SERIES.columns[name] for name in IDENTITY]
    same = and_(*(SERIES.columns[name] == stage.columns[name] for name in IDENTITY))
    # Only new series are inserted: each conflict would use up an id, every five minutes.
    unknown = select(*stage.columns).where(~exists().where(same)).order_by(*(stage.columns[name] for name in IDENTITY))
    new = insert_of(dialect, SERIES).from_select(list(stage.columns.keys()), unknown)
    differs = or_(*(SERIES.columns[name].is_distinct_from(stage.columns[name]) for name in READABLE))
    return _Statements(
        add=new.on_conflict_do_nothing(index_elements=IDENTITY),
        rename=SERIES.update().where(same, differs).values({name: stage.columns[name] for name in READABLE}),
        ids=select(SERIES.columns.id, *identity).join_from(stage, SERIES, same),
    )


def _identity(key: SeriesKey) -> Identity:
    return key.metric, key.aligner, key.key


def _mark(session: Session, snapshot_id: int, times: Iterable[datetime]) -> None:
    """Inserts or locks the marks, so that a process that deletes a mark has waited for these samples."""
    hours = {time.replace(minute=0, second=0, microsecond=0) for time in times}
    days = {hour.replace(hour=0) for hour in hours}
    marks = [*((DAY, day) for day in sorted(days)), *((HOUR, hour) for hour in sorted(hours))]
    new = insert(session, STALE).values(
        [{"level": level, "start": start, "snapshot_id": snapshot_id} for level, start in marks]
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["level", "start", "snapshot_id"], set_={"snapshot_id": new.excluded.snapshot_id}
        )
    )
    unlearned = insert(session, UNLEARNED).values(
        [{"start": hour, "snapshot_id": snapshot_id, "taken": False} for hour in sorted(hours)]
    )
    session.execute(unlearned.on_conflict_do_update(index_elements=["start", "snapshot_id"], set_={"taken": False}))
