"""Finds series whose samples stopped while other series of the same service and project continue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import HourlyPoint, SeriesBaseline, StoredSeries
from insights.baselines.calibration import LEARNED
from insights.performance.alarms import Watch, watch_of
from insights.performance.series import MeasuredSeries

SILENT_RULE = "metrics/silent"
QUIET = timedelta(hours=3)  # without a sample, while others of the service and project have one
FORGOTTEN = timedelta(days=7)  # a resource that is gone for so long is not missed any more
PAST, LEAST_HOURS = (
    timedelta(days=7),
    0.95,
)  # a series with fewer hours with samples before is not expected to have them


@dataclass(frozen=True, slots=True)
class SilentResource:
    """A resource whose watched series stopped, since the last sample of the first one that stopped."""

    series: Sequence[MeasuredSeries]
    since: datetime
    watch: Watch


def silent(session: Session, choices: Sequence[Watch], now: datetime) -> dict[tuple[str, str, str], SilentResource]:
    """The silent resources with watched series, by project, service and name."""
    read = _read_until(session)
    columns = [getattr(StoredSeries, each.name) for each in fields(MeasuredSeries)]
    stopped = (
        select(*columns, SeriesBaseline.learned_until)
        .join(SeriesBaseline, SeriesBaseline.series_id == StoredSeries.id)
        .where(
            SeriesBaseline.learned_until > now - FORGOTTEN,
            SeriesBaseline.learned_until <= now - QUIET,
            SeriesBaseline.points > LEARNED,
        )
        .order_by(StoredSeries.id)
    )
    found: defaultdict[tuple[str, str, str], list[tuple[MeasuredSeries, datetime, Watch]]] = defaultdict(list)
    for *values, last in session.execute(stopped).all():
        series = MeasuredSeries(*values)
        watch = watch_of(series, choices)
        others = read.get((series.project, series.service))
        if watch and others and others - last >= QUIET and _is_steady(session, series.id, last):
            found[series.project, series.service, series.resource].append((series, last, watch))
    return {
        place: SilentResource([series for series, _, _ in stops], min(last for _, last, _ in stops), stops[0][2])
        for place, stops in found.items()
    }


def _read_until(session: Session) -> dict[tuple[str, str], datetime]:
    """The latest sample of each project and service: collectors have read up to it."""
    query = select(StoredSeries.project, StoredSeries.service, func.max(SeriesBaseline.learned_until))
    rows = session.execute(
        query.join(SeriesBaseline, SeriesBaseline.series_id == StoredSeries.id).group_by(
            StoredSeries.project, StoredSeries.service
        )
    )
    return {(project, service): time for project, service, time in rows}


def _is_steady(session: Session, number: int, last: datetime) -> bool:
    """Whether nearly every hour of the week before the last sample, or since the first one, has samples."""
    inside = HourlyPoint.series_id == number, HourlyPoint.time > last - PAST, HourlyPoint.time <= last
    hours, first = session.execute(select(func.count(), func.min(HourlyPoint.time)).where(*inside)).one()
    return bool(hours) and hours >= LEAST_HOURS * ((last - first) // timedelta(hours=1))
