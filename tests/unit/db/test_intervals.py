"""How often something runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.intervals import usual_interval

START = datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize("length", [timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=31)])
def test_the_interval_is_the_median_gap_whatever_the_order(length: timedelta) -> None:
    times = [START + number * length for number in (4, 0, 2, 1, 3, 6)]
    assert usual_interval(times) == length


def test_attempts_of_one_run_are_no_interval() -> None:
    assert usual_interval([START + timedelta(minutes=number) for number in range(9)]) is None
    assert usual_interval([START, START + timedelta(minutes=5), START + timedelta(days=1)]) == timedelta(
        days=1, minutes=-5
    )


def test_failures_that_are_months_apart_show_no_interval() -> None:
    assert usual_interval([START, START + timedelta(days=60)]) is None
    assert usual_interval([START]) is None
