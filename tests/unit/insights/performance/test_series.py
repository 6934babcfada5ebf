"""The stored series, and the points that show a period."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.schema_db.downsample import downsample
from db.schema_db.store import SchemaStore
from insights.performance.series import (
    PeriodOfSeries,
    SeriesPoint,
    latest,
    one_series,
    points,
    series_of,
    services,
    thinned,
)
from shared.history import MetricPoint
from tests.support import history
from tests.support.runs import DAY, NOW, keep

pytestmark = pytest.mark.sqlite

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("length", "back", "level"),
    [
        (HOUR, 0 * DAY, "sample"),
        (DAY, 20 * DAY, "hour"),
        (7 * DAY, 0 * DAY, "hour"),
        (90 * DAY, 0 * DAY, "day"),
        (DAY, 700 * DAY, "day"),
    ],
)
def test_a_period_is_shown_by_the_finest_points_that_are_kept(length: timedelta, back: timedelta, level: str) -> None:
    assert PeriodOfSeries(NOW - back - length, NOW - back, NOW).level == level


@pytest.mark.both_databases
def test_samples_hours_and_the_present_value(schema_store: SchemaStore) -> None:
    first, second = (
        history.series(0),
        history.series(1, service="storage", metric="storage.googleapis.com/objects", resource="b_1"),
    )
    start = NOW - 3 * HOUR
    keep(schema_store, [MetricPoint(first, start + timedelta(minutes=5 * step), step) for step in range(36)])
    keep(schema_store, [MetricPoint(second, NOW - 5 * HOUR, 7)])
    list(downsample(schema_store, NOW + HOUR))
    with schema_store.reading() as session:
        assert services(session) == ["bigquery", "storage"]
        (found,) = series_of(session, "bigquery")
        assert [each.resource for each in series_of(session, text="b_")] == ["b_1"]
        assert series_of(session, text="x", metrics=[first.metric]) == [found]
        other = series_of(session, "storage")[0]
        assert (one_series(session, found.id), one_series(session, 10**9)) == (found, None)
        day = points(session, [found.id, other.id], PeriodOfSeries(NOW - DAY, NOW, NOW))
        week = points(session, [found.id], PeriodOfSeries(NOW - 7 * DAY, NOW, NOW))
        now = latest(session, [found.id, other.id], NOW)
        assert points(session, [], PeriodOfSeries(NOW - DAY, NOW, NOW)) == {}
    assert [len(day[found.id]), len(day[other.id])] == [36, 1]
    assert [(point.value, point.low, point.high) for point in week[found.id]] == [
        (5.5, 0, 11),
        (17.5, 12, 23),
        (29.5, 24, 35),
    ]
    assert {number: point.value for number, point in now.items()} == {found.id: 35}


def test_more_points_than_a_line_shows_are_averaged_and_keep_their_extremes() -> None:
    every = [SeriesPoint(NOW + place * HOUR, place, place - 1, place + 1) for place in range(10)]
    assert thinned(every, 10) == every
    assert [(point.value, point.low, point.high) for point in thinned(every, 4)] == [
        (1, -1, 3),
        (4, 2, 6),
        (7, 5, 9),
        (9, 8, 10),
    ]
