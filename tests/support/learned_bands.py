"""Stores baselines of series as a history run does: the band of the last hours, and unusual points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from db.schema_db import learned
from db.schema_db.learned import StoredBaseline
from db.schema_db.models import SeriesBaseline, StoredSeries
from db.schema_db.store import SchemaStore

Point = tuple[datetime, float, float]  # time, value, rarity
LEARNED_POINTS = 5000


def number_of(store: SchemaStore, metric: str) -> int:
    """The id of a series with this metric."""
    with store.reading() as session:
        return session.execute(select(StoredSeries.id).where(StoredSeries.metric == metric)).scalars().first() or 0


def keep_band(
    store: SchemaStore,
    number: int,
    band: tuple[float, float],
    until: datetime,
    unusual: Sequence[Point] = (),
    *,
    hours: int = 24,
    points: int = LEARNED_POINTS,
) -> None:
    """Stores a band for the given number of hours before `until`; each unusual point starts a fault of its own."""
    hour = until.replace(minute=0, second=0, microsecond=0)
    latest = max((time for time, _, _ in unusual), default=None)
    with store.transaction() as session:
        latest = latest or session.scalar(select(SeriesBaseline.outside_at).where(SeriesBaseline.series_id == number))
        learned.store(
            session,
            [StoredBaseline(number, points, until, latest, None)],
            [(number, hour - timedelta(hours=back), *band) for back in range(hours)],
            [(number, time, value, *band, rarity, rarity) for time, value, rarity in unusual],
        )
