"""Limits that will be reached soon: the whole interval of the forecast lies in the next days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import StoredSeries
from insights.performance.forecast import PAST, LimitForecast, forecast
from insights.performance.limits import SeriesLimit, limit_of
from insights.performance.series import MeasuredSeries, PeriodOfSeries, points

RULE = "metrics/limit_ahead"
SOON = timedelta(days=7)  # the limit will be reached within this time, in nearly all cases
STAYS = timedelta(days=10)  # of one with an open incident, so that a day more or less closes nothing
BATCH = 200


@dataclass(frozen=True, slots=True)
class LimitAhead:
    """A series that will reach its limit: its latest value, and the forecast."""

    series: MeasuredSeries
    limit: SeriesLimit
    value: float
    forecast: LimitForecast


def limits_ahead(
    session: Session, thresholds: Sequence[Mapping[str, Any]], now: datetime, unresolved: Collection[int] = ()
) -> list[LimitAhead]:
    """The series that will reach their limit soon. `unresolved` are the numbers of series with an open incident."""
    period, ahead = PeriodOfSeries(now - PAST, now, now), []
    limited = iter(_limited(session, thresholds))
    while batch := list(islice(limited, BATCH)):
        read = points(session, [series.id for series, _ in batch], period)
        for series, limit in batch:
            of_series = read.get(series.id, [])
            expected = forecast(of_series, limit, now)
            within = STAYS if series.id in unresolved else SOON
            if expected and expected.latest is not None and expected.latest <= now + within:
                ahead.append(LimitAhead(series, limit, of_series[-1].value, expected))
    return ahead


def _limited(session: Session, thresholds: Sequence[Mapping[str, Any]]) -> Iterator[tuple[MeasuredSeries, SeriesLimit]]:
    """The stored series with a limit."""
    columns = [getattr(StoredSeries, each.name) for each in fields(MeasuredSeries)]
    metrics = StoredSeries.metric.in_({spec["metric"] for spec in thresholds})
    for row in session.execute(select(*columns).where(metrics).order_by(StoredSeries.id)).all():
        series = MeasuredSeries(*row)
        if limit := limit_of(series, thresholds):
            yield series, limit
