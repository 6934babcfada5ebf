"""Reads the samples that baselines have to learn and stores the results, in transactions of the caller.

Writers of samples mark the hours that they change (write/points.py). A run takes the marks, learns, and deletes the
marks that it took; an hour that is marked again in the meantime is left for the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.insert import insert
from db.schema_db.models import ExpectedRange, FinePoint, SeriesBaseline, StoredSeries, UnlearnedHour, UnusualPoint
from db.schema_db.selection import rows_in
from db.schema_db.write.temp_table import staged
from db.schema_db.write.upsert import Merge, merge_values
from db.tables import table_of

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
STATES = ("series_id", "points", "learned_until", "outside_at", "state")
BASELINES = Merge(table_of(SeriesBaseline), dict.fromkeys(STATES, ""))
RANGES = Merge(table_of(ExpectedRange), dict.fromkeys(("series_id", "time", "low", "high"), ""), fixed=True)
UNUSUAL_NAMES = ("series_id", "time", "value", "low", "high", "rarity", "first_rarity")
UNUSUAL = Merge(table_of(UnusualPoint), dict.fromkeys(UNUSUAL_NAMES, ""), fixed=True)


@dataclass(frozen=True, slots=True)
class StoredBaseline:
    """The baseline of a series: its number of samples, the time of the latest sample, and of the latest one outside its range."""

    series_id: int
    points: int
    learned_until: datetime
    outside_at: datetime | None
    state: bytes | None


def take(session: Session) -> None:
    """Takes the marks of every hour to learn."""
    session.execute(update(UnlearnedHour).where(~UnlearnedHour.taken).values(taken=True))


def first_hour(session: Session) -> datetime | None:
    """The first of the taken hours; None if there are none."""
    return session.scalar(select(func.min(UnlearnedHour.start)).where(UnlearnedHour.taken))


def give_back(session: Session) -> None:
    """Deletes the marks of the taken hours that were not marked again."""
    session.execute(delete(UnlearnedHour).where(UnlearnedHour.taken))


def next_series(session: Session, after: int, most: int) -> list[int]:
    """The ids of the next series to learn."""
    query = select(StoredSeries.id).where(StoredSeries.id > after).order_by(StoredSeries.id).limit(most)
    return list(session.scalars(query))


def first_sample_of_new(session: Session, numbers: Sequence[int]) -> datetime | None:
    """The time of the first sample of those series that have no baseline; None if there are none."""
    known = set(session.scalars(_between(select(SeriesBaseline.series_id), SeriesBaseline.series_id, numbers)))
    new = [number for number in numbers if number not in known]
    found = [row[0] for row in rows_in(session, select(func.min(FinePoint.time)), FinePoint.series_id, new)]
    return min((time for time in found if time), default=None)


def last_samples(session: Session, numbers: Sequence[int], start: datetime) -> dict[int, datetime]:
    """The time of the last sample from `start` on of each series that has one."""
    rows = session.execute(_of_series(func.max(FinePoint.time), numbers, start).group_by(StoredSeries.id))
    return {row[0]: row[1] for row in rows}


def samples(
    session: Session, numbers: Sequence[int], start: datetime, end: datetime
) -> list[tuple[int, datetime, float]]:
    """The samples of series in [start, end), by series and time. `numbers` are consecutive ids, in order."""
    query = _of_series(FinePoint.time, numbers, start).add_columns(FinePoint.value).where(FinePoint.time < end)
    return [tuple(row) for row in session.execute(query.order_by(StoredSeries.id, FinePoint.time))]


def locked(session: Session, numbers: Collection[int]) -> list[StoredBaseline]:
    """The baselines of series by id, locked until the end of the transaction; new ones are empty."""
    ordered = sorted(numbers)
    new = [(number, 0, BEGINNING, None, None) for number in ordered]
    with staged(session, BASELINES.table, STATES, new) as stage:
        made = insert(session, BASELINES.table).from_select(
            list(STATES), select(*stage.columns).where(stage.columns["series_id"] > 0)
        )
        session.execute(made.on_conflict_do_nothing(index_elements=["series_id"]))
    columns = (getattr(SeriesBaseline, name) for name in STATES)
    query = (
        _between(select(*columns), SeriesBaseline.series_id, ordered)
        .order_by(SeriesBaseline.series_id)
        .with_for_update()
    )
    wanted = set(numbers)
    return [StoredBaseline(*row) for row in session.execute(query) if row.series_id in wanted]


def store(
    session: Session,
    baselines: Iterable[StoredBaseline],
    ranges: Iterable[tuple[int, datetime, float, float]],
    unusual: Iterable[tuple[int, datetime, float, float, float, float, float]],
) -> int:
    """Stores the learned results; returns the number of rows. Stored ranges and points are not overwritten."""
    rows = [tuple(getattr(each, name) for name in STATES) for each in baselines]
    written = merge_values(session, BASELINES, STATES, rows)
    written += merge_values(session, RANGES, list(RANGES.columns), sorted(ranges))
    return written + merge_values(session, UNUSUAL, UNUSUAL_NAMES, sorted(unusual))


def _of_series(column: Any, numbers: Sequence[int], start: datetime) -> Any:
    """The number of each series, and a column of its samples from `start` on.

    Joined with the series, because SQLite would otherwise read all stored samples.
    """
    same = (FinePoint.series_id == StoredSeries.id) & (FinePoint.time >= start)
    query = select(StoredSeries.id, column).join_from(StoredSeries, FinePoint, same)
    return _between(query, StoredSeries.id, numbers)


def _between(query: Any, column: Any, numbers: Sequence[int]) -> Any:
    return query.where(column >= numbers[0], column <= numbers[-1])
