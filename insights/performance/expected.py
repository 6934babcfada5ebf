"""The values that the learned baselines expected: the band of each hour, the points outside it, and how rare they are."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import ExpectedRange, SeriesBaseline, UnusualPoint
from insights.baselines.calibration import LEARNED, WEEK_POINTS, alarms_per_week
from insights.performance.series import PeriodOfSeries

HOUR = timedelta(hours=1)
FARTHEST = timedelta(hours=2)  # between two hours that a band connects


@dataclass(frozen=True, slots=True)
class ExpectedHour:
    """The range of nearly all usual values, from an hour on."""

    time: datetime
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unusual:
    """A sample outside its band from `low` to `high`, or in an unusual neighbourhood."""

    time: datetime
    value: float
    low: float
    high: float
    rarity: float
    first_rarity: float

    @property
    def is_outside(self) -> bool:
        """Whether the value itself is outside the band."""
        return not self.low <= self.value <= self.high

    @property
    def p_value(self) -> float:
        """The chance that a usual sample is at least as rare."""
        return p_value(self.rarity)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expected values of a series in a period: the hours with a band, and the unusual samples in order of time."""

    hours: Sequence[ExpectedHour] = ()
    unusual: Sequence[Unusual] = ()

    def at(self, time: datetime) -> tuple[float, float] | None:
        """The band at a time, interpolated between the hours before and after; None if unknown."""
        place = bisect_right(self.hours, time, key=lambda hour: hour.time)
        if not place:
            return None
        before = self.hours[place - 1]
        after = self.hours[place] if place < len(self.hours) else None
        if after and after.time - before.time <= FARTHEST:
            part = (time - before.time) / (after.time - before.time)
            return before.low + part * (after.low - before.low), before.high + part * (after.high - before.high)
        return (before.low, before.high) if time - before.time < HOUR else None

    def near(self, time: datetime, length: timedelta) -> Unusual | None:
        """The rarest unusual sample in [time, time + length); None if there is none."""
        start = bisect_right(self.unusual, time, key=lambda each: each.time)
        if start and self.unusual[start - 1].time == time:
            start -= 1
        found: Unusual | None = None
        for each in self.unusual[start:]:
            if each.time >= time + length:
                break
            if found is None or each.rarity > found.rarity:
                found = each
        return found


@dataclass(frozen=True, slots=True)
class LearnedSeries:
    """The learning state of a series, and the time of its latest sample outside the band."""

    points: int
    learned_until: datetime
    outside_at: datetime | None

    @property
    def is_learning(self) -> bool:
        """Whether the series has too few samples for a band."""
        return self.points <= LEARNED

    @property
    def is_unusual(self) -> bool:
        """Whether the latest sample is outside the band."""
        return self.outside_at is not None and self.outside_at >= self.learned_until


def p_value(rarity: float) -> float:
    """The chance that a usual sample is at least this rare."""
    return min(alarms_per_week(rarity) / WEEK_POINTS, 1.0)


def expectations(session: Session, numbers: Collection[int], period: PeriodOfSeries) -> Mapping[int, Expectation]:
    """The expected values of series in a period shown by samples or hours; empty for a period shown by days."""
    if not numbers or period.level == "day":
        return {}
    hours: defaultdict[int, list[ExpectedHour]] = defaultdict(list)
    for number, *band in session.execute(_in(ExpectedRange, ("time", "low", "high"), numbers, period, HOUR)):
        hours[number].append(ExpectedHour(*band))
    names = ("time", "value", "low", "high", "rarity", "first_rarity")
    unusual: defaultdict[int, list[Unusual]] = defaultdict(list)
    for number, *point in session.execute(_in(UnusualPoint, names, numbers, period)):
        unusual[number].append(Unusual(*point))
    return {number: Expectation(hours[number], unusual[number]) for number in numbers}


def learned(session: Session, numbers: Collection[int]) -> Mapping[int, LearnedSeries]:
    """The learning state of series; without series that have no baseline."""
    columns = SeriesBaseline.series_id, SeriesBaseline.points, SeriesBaseline.learned_until, SeriesBaseline.outside_at
    rows = session.execute(select(*columns).where(SeriesBaseline.series_id.in_(sorted(numbers)))) if numbers else ()
    return {row.series_id: LearnedSeries(row.points, row.learned_until, row.outside_at) for row in rows}


def _in(
    model: Any, names: Sequence[str], numbers: Collection[int], period: PeriodOfSeries, before: timedelta = timedelta(0)
) -> Any:
    inside = model.series_id.in_(sorted(numbers)), model.time >= period.start - before, model.time < period.end
    columns = (getattr(model, name) for name in names)
    return select(model.series_id, *columns).where(*inside).order_by(model.series_id, model.time)
