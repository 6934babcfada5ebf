"""Predicts when a metric will reach its limit, from the trend of the last two weeks, as an interval.

The slope is the median of the slopes between all pairs of days (Theil 1950; Sen 1968), so that single days and the
course of a day do not change it. The past distances from the trend over several days give the uncertainty of the slope
and of the future: the interval is where the trend, plus or minus this distance, meets the limit.

A metric that recently began to rise does not follow one trend for two weeks, so its interval stays wide until it is too late.
If the current values are beyond all those before the last week, the last week alone is examined too, with a wider margin,
and the narrower interval counts. A metric that is cleaned each week is never beyond its earlier values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import floor, sqrt
from statistics import fmean, median

from sqlalchemy.orm import Session

from insights.performance.limits import SeriesLimit
from insights.performance.series import PeriodOfSeries, SeriesPoint
from insights.performance.series import points as points_of

PAST, RECENT = timedelta(days=14), timedelta(days=7)
DAY = timedelta(days=1)
LEAST_DAYS, LEAST_POINTS = 5, 12  # with at least this number of hourly points
PRESENT = timedelta(hours=6)
FARTHEST = 60.0  # days
WIDTH = 2.7  # deviations on each side: nine of ten cases, since the deviation is measured on few days
WIDTH_OF_RECENT = 4.0  # and on fewer


@dataclass(frozen=True, slots=True)
class LimitForecast:
    """When the limit is reached: within the interval in about nine of ten cases.

    `latest` is None if it may never be reached.
    """

    soonest: datetime
    likely: datetime
    latest: datetime | None


def forecast_of(session: Session, number: int, limit: SeriesLimit, now: datetime) -> LimitForecast | None:
    """The forecast of a stored series, from its hours of the last two weeks."""
    return forecast(points_of(session, [number], PeriodOfSeries(now - PAST, now, now)).get(number, []), limit, now)


def forecast(points: Sequence[SeriesPoint], limit: SeriesLimit, now: datetime) -> LimitForecast | None:
    """The forecast from hourly points, oldest first; None without a trend towards the limit, or beyond FARTHEST.

    Also None if the value is already beyond the limit.
    """
    recent = [each.value for each in points if each.time >= now - PRESENT]
    if not recent or limit.is_exceeded(median(recent)):
        return None
    of_past = _of_days(points, (now, PAST), limit, median(recent), WIDTH)
    before = [each.value for each in points if now - PAST <= each.time < now - RECENT]
    towards = 1 if limit.above else -1
    if not before or towards * median(recent) <= max(towards * each for each in before):
        return of_past
    of_recent = _of_days(points, (now, RECENT), limit, median(recent), WIDTH_OF_RECENT)
    return min(filter(None, (of_past, of_recent)), key=_length, default=None)


def _of_days(
    points: Sequence[SeriesPoint], period: tuple[datetime, timedelta], limit: SeriesLimit, present: float, width: float
) -> LimitForecast | None:
    """The forecast from the days before a time.

    `period` is that time and how long before it starts, `width` the number of deviations on each side.
    """
    now, past = period
    days = sorted(_days(points, now, past).items())
    if len(days) < LEAST_DAYS:
        return None
    towards = 1 if limit.above else -1
    slope = median(towards * (later - value) / (then - day) for (day, value), (then, later) in combinations(days, 2))
    distance = towards * (limit.value - present)
    if slope <= 0 or distance / slope > FARTHEST:
        return None
    wander = _wander(days, towards * slope)
    soonest, latest = (_meets(distance, slope, side * width * wander, len(days)) for side in (1, -1))
    likely = now + distance / slope * DAY
    return LimitForecast(now + (soonest or 0.0) * DAY, likely, now + latest * DAY if latest is not None else None)


def _length(found: LimitForecast) -> timedelta:
    """The length of the interval."""
    return found.latest - found.soonest if found.latest else timedelta.max


def _wander(days: Sequence[tuple[int, float]], slope: float) -> float:
    """The deviation of the metric from its trend within a day, measured over a third of the days."""
    rest = [(day, value - slope * day) for day, value in days]
    apart = max(len(days) // 3, 1)
    pairs = zip(rest, rest[apart:], strict=False)
    return sqrt(fmean((later - value) ** 2 / (then - day) for (day, value), (then, later) in pairs))


def _meets(distance: float, slope: float, wander: float, count: int) -> float | None:
    """The first day on which the trend, with its uncertainty, reaches the limit; None after FARTHEST."""

    def is_reached(days: float) -> bool:
        return slope * days + wander * sqrt(days + days**2 / count) >= distance

    low, high = 0.0, FARTHEST
    if not is_reached(high):
        return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return high


def _days(points: Sequence[SeriesPoint], now: datetime, past: timedelta) -> dict[int, float]:
    """The median of each day before `now`, by the number of days from it, negative."""
    days: defaultdict[int, list[float]] = defaultdict(list)
    for point in points:
        if now - past <= point.time < now:
            days[floor((point.time - now) / DAY)].append(point.value)
    return {day: median(values) for day, values in days.items() if len(values) >= LEAST_POINTS}
