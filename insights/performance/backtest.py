"""Simulates a limit on the stored history of a series. Nothing is read from a database here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from insights.performance.limits import SeriesLimit
from insights.performance.series import SeriesPoint

GAP = 3  # steps without a point after which nothing is known


@dataclass(frozen=True, slots=True)
class LimitBreach:
    """A period in which the values stayed beyond the limit long enough; `extreme` is the value furthest beyond it."""

    start: datetime
    end: datetime
    extreme: float


def breaches(points: Sequence[SeriesPoint], limit: SeriesLimit) -> list[LimitBreach]:
    """The periods in which an incident would have been open, oldest first. Each point counts until the next point.

    A gap in the history ends the period, because the values in the gap are unknown.
    """
    step = _step(points)
    found = []
    for run in _runs(points, limit, step):
        end = run[-1].time + step
        if end - run[0].time >= timedelta(seconds=limit.seconds):
            furthest = max if limit.above else min
            found.append(LimitBreach(run[0].time, end, furthest(point.value for point in run)))
    return found


def _runs(points: Sequence[SeriesPoint], limit: SeriesLimit, step: timedelta) -> Iterator[list[SeriesPoint]]:
    """The sequences of neighbouring points beyond the limit."""
    run: list[SeriesPoint] = []
    for point in points:
        if run and (not limit.is_exceeded(point.value) or point.time - run[-1].time > GAP * step):
            yield run
            run = []
        if limit.is_exceeded(point.value):
            run.append(point)
    if run:
        yield run


def _step(points: Sequence[SeriesPoint]) -> timedelta:
    """The usual time between two points."""
    steps = [after.time - before.time for before, after in pairwise(points)]
    return median_low(steps) if steps else timedelta()
