"""The expected values at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.performance.expected import Expectation, ExpectedHour, Unusual, expectations, learned, p_value
from insights.performance.series import PeriodOfSeries
from shared.history import MetricPoint
from tests.support.history import series
from tests.support.learned_bands import keep_band
from tests.support.runs import keep

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)


def hour(at: int, low: float, high: float) -> ExpectedHour:
    return ExpectedHour(NOON + at * HOUR, low, high)


def unusual(minutes: int, rarity: float) -> Unusual:
    return Unusual(NOON + timedelta(minutes=minutes), 9.0, 1.0, 5.0, rarity, rarity)


def test_the_band_between_two_hours_is_between_theirs_and_ends_with_its_last_hour() -> None:
    known = Expectation([hour(0, 0, 10), hour(1, 4, 20), hour(6, 1, 2)])
    assert known.at(NOON + HOUR / 2) == (2, 15)
    assert known.at(NOON + 1.5 * HOUR) == (4, 20)
    assert known.at(NOON + 6.9 * HOUR) == (1, 2)
    for unknown in (-0.1, 2.1, 7.1):
        assert known.at(NOON + unknown * HOUR) is None


def test_a_point_of_an_hour_has_the_rarest_sample_of_it() -> None:
    known = Expectation((), [unusual(0, 2.0), unusual(20, 3.0), unusual(60, 4.0)])
    for time, length, rarity in ((NOON, HOUR, 3.0), (NOON, FIVE, 2.0), (NOON + HOUR, HOUR, 4.0)):
        found = known.near(time, length)
        assert found is not None
        assert found.rarity == rarity
    assert known.near(NOON + FIVE, FIVE) is None


def test_a_rarity_that_is_reached_once_a_week_is_one_sample_in_two_thousand() -> None:
    assert p_value(2.12) == pytest.approx(1 / 2016, rel=0.1)
    assert p_value(0) == pytest.approx(1, abs=0.99)
    assert p_value(0) <= 1


def test_expectations_are_read_for_the_period_and_not_for_days(schema_store: SchemaStore) -> None:
    keep(schema_store, [MetricPoint(series(), NOON, 9.0)])
    keep_band(schema_store, 1, (1.0, 5.0), NOON + FIVE, [(NOON, 9.0, 3.0)], hours=3)
    day = PeriodOfSeries(NOON - HOUR, NOON + HOUR, NOON + HOUR)
    with schema_store.reading() as session:
        found = expectations(session, [1], day)[1]
        assert [each.time for each in found.hours] == [NOON - 2 * HOUR, NOON - HOUR, NOON]
        assert [(each.value, each.is_outside) for each in found.unusual] == [(9.0, True)]
        assert expectations(session, [1], PeriodOfSeries(NOON - timedelta(days=90), NOON, NOON)) == {}
        known = learned(session, [1, 2])
    assert list(known) == [1]
    assert (known[1].is_learning, known[1].is_unusual) == (False, False)
