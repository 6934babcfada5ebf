"""The usual duration and finish of a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from insights.jobs.usual import running_limit, runs_often, slow_limit, usual_minute, usual_seconds

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_duration_is_usual_from_five_runs_on() -> None:
    assert usual_seconds([60, 61, 62, 63]) is None
    assert usual_seconds([60, 61, 62, 63, 500]) == 62


@pytest.mark.parametrize(
    ("durations", "limit"),
    [
        ([100.0] * 4, None),
        ([2.0] * 9, 5.0),  # a second is the least deviation
        ([3600.0] * 9, 4320.0),  # a fifth longer
        ([3000.0, 3600, 4200, 4800, 3000, 4200, 3600], 3600 + 3 * 1.4826 * 600),
    ],
)
def test_a_run_is_slow_by_more_than_runs_vary(durations: list[float], limit: float | None) -> None:
    assert slow_limit(durations) == pytest.approx(limit)


def test_a_run_of_a_job_that_varies_much_is_late_later_than_it_is_slow() -> None:
    steady, varying = [3600.0] * 9, [1800.0 * factor for factor in (0.6, 0.8, 0.9, 1, 1, 1.1, 1.2, 1.4, 1.8)]
    assert running_limit(steady) == slow_limit(steady)
    assert (slow_limit(varying) or 0) < 2 * 1800
    assert (running_limit(varying) or 0) > 2 * 1800
    assert running_limit([1.0]) is None


def test_the_longest_run_of_some_hours_does_not_limit_a_job_that_runs_every_quarter_of_an_hour() -> None:
    random = Random(1)
    durations = [1000 * random.lognormvariate(0, 0.5) for _ in range(30 * 96)]
    places = range(40, len(durations))
    late = {
        often: sum(durations[each] > (running_limit(durations[each - 40 : each], often=often) or 0) for each in places)
        for often in (False, True)
    }
    assert late[False] > 10
    assert late[True] <= 1
    assert (running_limit(durations[-40:], often=True) or 0) < 10 * 1000
    assert runs_often(MONDAY, MONDAY + timedelta(hours=10), 40)
    assert not runs_often(MONDAY, MONDAY + timedelta(days=39), 40)


@pytest.mark.parametrize(
    ("minutes", "usual"), [([-20, -10, 0, 10, 20], 0), ([600, 605, 610, 900, 1010], 610), ([1], None)]
)
def test_the_usual_time_of_day_may_lie_around_midnight(minutes: list[int], usual: int | None) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    times = [midnight + timedelta(days=number, minutes=each) for number, each in enumerate(minutes)]
    assert usual_minute(times, lambda moment: moment) == usual
