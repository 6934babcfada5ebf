"""Round values for the axis of a chart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.charts.scale import FULL, byte_lines, day_ticks, duration_lines, number_lines, time_ticks


@pytest.mark.parametrize(
    ("greatest", "lines"),
    [(0, [0, 1]), (7, [0, 2, 4, 6, 8]), (100, [0, 25, 50, 75, 100]), (0.09, [0, 0.025, 0.05, 0.075, 0.1])],
)
def test_numbers_are_round_and_reach_the_greatest(greatest: float, lines: list[float]) -> None:
    assert number_lines(greatest) == pytest.approx(lines)


def test_durations_and_bytes_have_steps_of_their_own() -> None:
    assert duration_lines(5400) == [0, 1800, 3600, 5400]
    assert duration_lines(80) == [0, 60, 120]
    assert duration_lines(10_000_000)[-1] >= 10_000_000
    assert byte_lines(3 * 1024**3) == [0, 1024**3, 2 * 1024**3, 3 * 1024**3]


def test_few_days_have_all_labels_and_many_one_each_week() -> None:
    days = [date(2026, 11, 1) + timedelta(days=place) for place in range(28)]
    assert day_ticks(days[:5], 10) == [0, 1, 2, 3, 4]
    assert day_ticks(days, 5) == [6, 13, 20, 27]


def test_times_are_round_in_the_zone_of_the_reader() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    end = datetime(2026, 11, 25, 18, 12, tzinfo=UTC)
    ticks = time_ticks(end - timedelta(days=1), end, 9, lambda moment: moment.astimezone(tokyo))
    assert [tick.hour for tick in ticks] == [6, 9, 12, 15, 18, 21, 0, 3]
    assert len(time_ticks(end - timedelta(days=3660), end, 9, lambda moment: moment)) < 30


def test_places_are_inside_the_picture() -> None:
    for size in FULL:
        assert (size.x(0), size.x(1), size.y(0), size.y(1)) == (size.left, size.width, size.base, size.top)
