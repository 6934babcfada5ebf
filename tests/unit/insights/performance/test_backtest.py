"""The alarms that a limit would have raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from insights.performance.backtest import breaches
from insights.performance.limits import SeriesLimit
from insights.performance.series import SeriesPoint

START = datetime(2026, 11, 23, tzinfo=UTC)
STEP = timedelta(minutes=5)


def points(*values: float | None) -> list[SeriesPoint]:
    """One point every five minutes; None is a missing point."""
    return [SeriesPoint(START + at * STEP, each, each, each) for at, each in enumerate(values) if each is not None]


def found(limit: SeriesLimit, *values: float | None) -> list[tuple[int, int, float]]:
    """The first and the last step of each breach, and its extreme value."""
    made = breaches(points(*values), limit)
    return [(int((each.start - START) / STEP), int((each.end - START) / STEP), each.extreme) for each in made]


def test_values_beyond_a_limit_for_long_enough_are_one_breach() -> None:
    limit = SeriesLimit("", 10, above=True, seconds=600)
    assert found(limit, 1, 11, 12, 10, 11, 1, 11, 13, 12) == [(1, 3, 12), (6, 9, 13)]
    assert found(SeriesLimit("", 10, above=False, seconds=600), 1, 2, 10, 9) == [(0, 2, 1)]
    assert found(limit) == []


def test_a_gap_ends_a_breach_and_a_missing_point_does_not() -> None:
    limit = SeriesLimit("", 10, above=True, seconds=900)
    assert found(limit, 11, 11, None, 11, 1, 1) == [(0, 4, 11)]
    assert found(limit, 11, 11, None, None, None, 11, 11, 1) == []
