"""The interval of a job, from the times of its runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.intervals import longest_usual_interval, usual_interval

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


MONTH = 31 * 24.0
RETRIES = (0, 0.5, 1, 1.5, 2)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((0,), None),
        ((0, 168), 168),
        ((0, 12, 24, MONTH, MONTH + 12), MONTH - 24),
        ((*RETRIES, *(MONTH + each for each in RETRIES)), MONTH - 2),
        (tuple(run * MONTH + each for run in range(4) for each in RETRIES), MONTH - 2),
        ((*range(0, 480, 24), 480 + 240), 24),
        ((0, 24, 48, 72, 96, 168, 192), 72),
    ],
)
def test_the_longest_usual_interval_is_not_that_of_the_retries(
    hours: tuple[float, ...], expected: float | None
) -> None:
    found = longest_usual_interval(START + timedelta(hours=each) for each in hours)
    assert found == (None if expected is None else timedelta(hours=expected))
