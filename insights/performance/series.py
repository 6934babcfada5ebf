"""The stored time series of services, and their points in any period: samples, hours or days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import DailyPoint, FinePoint, HourlyPoint, StoredSeries
from shared.lazy.dataclass import dataclass

MOST_SERIES = 500
MOST_POINTS = 360  # of one line; more cannot be told apart
LATEST = timedelta(hours=3)  # a value older than this is not the current value: collectors run hourly
# The longest period that is shown by samples, and by hours. Both are kept for longer (docs/history.md).
BY_SAMPLE, BY_HOUR = timedelta(hours=36), timedelta(days=45)
MOST_FINE = 20_000
KEPT_SAMPLES, KEPT_HOURS = timedelta(days=13), timedelta(days=360)


@dataclass(frozen=True, slots=True)
class MeasuredSeries:
    """A time series. `aligner` says what a sample is; `labels` are the labels of the resource and the metric."""

    id: int
    service: str
    metric: str
    aligner: str
    unit: str
    project: str
    resource: str
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A sample, or the mean of an hour or a day with its smallest and largest sample."""

    time: datetime
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PeriodOfSeries:
    """A period, [start, end). `now` decides which points are still stored."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def level(self) -> str:
        """The kind of points for the period: `sample`, `hour` or `day`."""
        if self.end - self.start <= BY_SAMPLE and self.now - self.start <= KEPT_SAMPLES:
            return "sample"
        return "hour" if self.end - self.start <= BY_HOUR and self.now - self.start <= KEPT_HOURS else "day"

    def moved(self, back: timedelta) -> PeriodOfSeries:
        """The period of the same length, moved to an earlier time."""
        return PeriodOfSeries(self.start - back, self.end - back, self.now)


def services(session: Session) -> list[str]:
    """The services with stored series."""
    return list(session.scalars(select(StoredSeries.service).distinct().order_by(StoredSeries.service)))


def similar_metrics(stored: Iterable[MeasuredSeries], name: str) -> list[str]:
    """The metrics of the series with a similar name, with or without the host before it."""
    from shared.suggestions import nearest  # noqa: PLC0415 - only messages about unknown names need it

    names = {text: each.metric for each in stored for text in (each.metric, each.metric.partition("/")[2])}
    return list(dict.fromkeys(names[text] for text in nearest(name, names)))


def series_of(
    session: Session, service: str = "", text: str = "", metrics: Collection[str] = ()
) -> list[MeasuredSeries]:
    """The series of a service (or of all services if empty) whose metric or resource contains a text, or with one of `metrics`."""
    conditions: list[ColumnElement[bool]] = [StoredSeries.service == service] if service else []
    if text:
        names = (column.icontains(text, autoescape=True) for column in (StoredSeries.metric, StoredSeries.resource))
        conditions.append(or_(*names, StoredSeries.metric.in_(metrics)))
    order = StoredSeries.service, StoredSeries.metric, StoredSeries.resource, StoredSeries.id
    return [
        MeasuredSeries(*row)
        for row in session.execute(_select().where(*conditions).order_by(*order).limit(MOST_SERIES))
    ]


def one_series(session: Session, number: int) -> MeasuredSeries | None:
    """A series, by its number; None if it does not exist."""
    row = session.execute(_select().where(StoredSeries.id == number)).first()
    return MeasuredSeries(*row) if row else None


def points(
    session: Session, numbers: Collection[int], period: PeriodOfSeries, *, most: int = MOST_POINTS
) -> dict[int, list[SeriesPoint]]:
    """The points of series, oldest first, at most `most` for each series: more points are averaged."""
    found: defaultdict[int, list[SeriesPoint]] = defaultdict(list)
    for number, *values in session.execute(_points(numbers, period)) if numbers else ():
        found[number].append(SeriesPoint(*values))
    return {number: thinned(each, most) for number, each in found.items()}


def finest_points(session: Session, number: int, period: PeriodOfSeries) -> list[SeriesPoint]:
    """The points of a series at the finest stored resolution: samples for the last 13 days, then hours or days."""
    if period.now - period.start > KEPT_SAMPLES:
        return points(session, [number], period, most=MOST_FINE).get(number, [])
    found, start = list[SeriesPoint](), period.start
    while start < period.end:
        end = min(start + BY_SAMPLE, period.end)
        found += points(session, [number], PeriodOfSeries(start, end, period.now), most=MOST_FINE).get(number, [])
        start = end
    return found


def latest(session: Session, numbers: Collection[int], now: datetime) -> dict[int, SeriesPoint]:
    """The current value of each series that has one."""
    inside = FinePoint.series_id.in_(sorted(numbers)), FinePoint.time >= now - LATEST, FinePoint.time <= now
    last = (
        select(FinePoint.series_id, func.max(FinePoint.time).label("time")).where(*inside).group_by(FinePoint.series_id)
    )
    newest = last.subquery()
    same = and_(FinePoint.series_id == newest.c.series_id, FinePoint.time == newest.c.time)
    query = select(FinePoint.series_id, FinePoint.time, FinePoint.value).join(newest, same)
    rows = session.execute(query) if numbers else ()
    return {number: SeriesPoint(time, value, value, value) for number, time, value in rows}


def thinned(found: Sequence[SeriesPoint], most: int) -> list[SeriesPoint]:
    """Averages neighbouring points until at most `most` remain; the smallest and largest samples are kept."""
    size = -(-len(found) // most)
    if size <= 1:
        return list(found)
    groups = (found[at : at + size] for at in range(0, len(found), size))
    return [
        SeriesPoint(
            group[0].time,
            sum(point.value for point in group) / len(group),
            min(point.low for point in group),
            max(point.high for point in group),
        )
        for group in groups
    ]


def _select() -> Any:
    return select(*_columns())


def _columns() -> Iterator[Any]:
    return (getattr(StoredSeries, each.name) for each in fields(MeasuredSeries))


def _points(numbers: Collection[int], period: PeriodOfSeries) -> Any:
    table: Any = {"sample": FinePoint, "hour": HourlyPoint, "day": DailyPoint}[period.level]
    values = (table.value,) * 3 if table is FinePoint else (table.mean, table.min, table.max)
    named = [value.label(name) for name, value in zip(("value", "low", "high"), values, strict=True)]
    inside = table.series_id.in_(sorted(numbers)), table.time >= period.start, table.time < period.end
    return select(table.series_id, table.time, *named).where(*inside).order_by(table.series_id, table.time)
