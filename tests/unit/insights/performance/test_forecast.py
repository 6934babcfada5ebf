"""Forecasts of the time at which a metric reaches its limit."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from insights.performance.forecast import LimitForecast, forecast
from insights.performance.limits import SeriesLimit
from insights.performance.series import SeriesPoint

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOURS = 14 * 24
FULL = SeriesLimit("disk", 90.0, above=True, seconds=900)


def points(value: Callable[[int], float], hours: int = HOURS) -> list[SeriesPoint]:
    """Hourly points up to NOW; `value` gets the hours from NOW, which are negative."""
    return [SeriesPoint(NOW + timedelta(hours=at), *[value(at)] * 3) for at in range(-hours, 0)]


def days(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - NOW) / timedelta(days=1)


def found(value: Callable[[int], float], limit: SeriesLimit = FULL, hours: int = HOURS) -> LimitForecast:
    made = forecast(points(value, hours), limit, NOW)
    assert made is not None
    return made


def test_a_disk_that_fills_evenly_has_a_narrow_interval_also_with_a_course_of_the_day() -> None:
    grows = found(lambda at: 80 + at / 24 * 2 + 3 * math.sin(at / 24 * 2 * math.pi))
    assert days(grows.soonest) - 0.001 <= days(grows.likely) <= days(grows.latest) + 0.001
    assert abs(days(grows.likely) - 5) < 2
    falls = found(lambda at: 20 - at / 24, SeriesLimit("free", 10.0, above=False, seconds=900))
    assert abs(days(falls.likely) - 10) < 0.5


def test_the_true_time_is_within_the_interval_in_nine_of_ten_cases() -> None:
    chance, hits, sure = random.Random(7), 0, 0
    for _ in range(100):
        slope, noise, walk, level = chance.uniform(0.5, 3), chance.uniform(0.1, 2), chance.uniform(0, 0.3), 0.0
        drift = []
        for _ in range(HOURS + 60 * 24):
            level += chance.gauss(slope / 24, walk)
            drift.append(level)
        begin = 85 - 10 - drift[HOURS - 1]
        truth = next(at for at in range(HOURS, len(drift)) if begin + drift[at] > FULL.value) - HOURS
        made = forecast(points(lambda at: begin + drift[HOURS + at] + chance.gauss(0, noise)), FULL, NOW)  # noqa: B023
        if made and made.latest:
            sure += 1
            hits += days(made.soonest) * 24 - 12 <= truth <= days(made.latest) * 24 + 12
    assert sure > 80
    assert hits / sure > 0.8


def test_without_a_trend_nothing_is_said() -> None:
    chance = random.Random(8)
    flat = [forecast(points(lambda _at: 60 + chance.gauss(0, 5)), FULL, NOW) for _ in range(60)]
    assert sum(bool(each and each.latest) for each in flat) <= 6
    assert forecast(points(lambda at: 50 - at / 100), FULL, NOW) is None  # it falls
    assert forecast(points(lambda _at: 95), FULL, NOW) is None  # it is beyond already
    assert forecast(points(lambda at: 80 + at / 24, 4 * 24), FULL, NOW) is None  # too young
    assert forecast(points(lambda at: 10 + at / 24 / 100), FULL, NOW) is None  # in years


def test_a_disk_that_began_to_fill_lately_is_seen_days_before_it_is_full() -> None:
    noise = random.Random(9)
    began = found(lambda at: 40 + max(at / 24 + 7.5, 0) * 3.5 + noise.gauss(0, 0.2))
    assert abs(days(began.likely) - 6.8) < 1
    assert days(began.latest) < 8


def test_a_disk_that_is_cleaned_each_week_is_never_full() -> None:
    noise = random.Random(10)
    for cleaned in range(7):
        made = forecast(points(lambda at: 55 + (at / 24 + cleaned) % 7 * 4.5 + noise.gauss(0, 0.2)), FULL, NOW)  # noqa: B023
        assert made is None or made.latest is None
