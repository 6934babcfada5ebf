"""The range of usual values."""

from __future__ import annotations

import numpy as np
import pytest

from insights.baselines.detector import observe
from insights.baselines.state import Floats, new_state

pytestmark = pytest.mark.slow

DAY = 96  # points, fifteen minutes apart
DAYS = 9
NOISE, SEASON, OUTAGE, LEVEL, COUNTS, CONSTANT = range(6)
BROKEN = slice(4 * DAY, 4 * DAY + 20)


def situations() -> Floats:
    """Series with noise, a daily pattern, an outage, a lasting change of level, counts of events, and a constant."""
    rng = np.random.default_rng(2)
    values = 50 + rng.normal(size=(6, DAYS * DAY))
    values[SEASON] += 30 * np.sin(2 * np.pi * np.arange(DAYS * DAY) / DAY)
    values[OUTAGE, BROKEN] = 500
    values[LEVEL, 4 * DAY :] += 40
    values[COUNTS] = rng.poisson(0.5, DAYS * DAY)
    values[CONSTANT] = 0.1
    return values


@pytest.fixture(scope="module")
def judged() -> tuple[Floats, Floats, Floats]:
    """The values of the series, and their bands: arrays of (series, points). They are evaluated together, which is cheaper."""
    values, found = situations(), []
    state = new_state(len(values))
    for at in range(values.shape[1]):
        point = observe(state, np.full(len(values), 1.79e9 + 900 * at), values[:, at])
        found.append((point.low, point.high))
    low, high = np.array(found).transpose(1, 2, 0)
    return values, low, high


def test_the_band_holds_usual_values_and_is_no_wider_than_it_has_to_be(judged: tuple[Floats, Floats, Floats]) -> None:
    values, low, high = judged
    later = slice(3 * DAY, None)
    outside = ((values < low) | (values > high))[:, later].mean(axis=1)
    assert outside[[NOISE, SEASON, COUNTS, CONSTANT]].max() < 0.01
    assert (high - low)[NOISE, later].max() < 10  # the deviation is 1
    assert low[COUNTS, DAY * 2 :].min() == 0
    assert high[CONSTANT, -1] - low[CONSTANT, -1] < 1e-5


def test_the_band_follows_the_course_of_the_day(judged: tuple[Floats, Floats, Floats]) -> None:
    values, low, high = judged
    last = slice(7 * DAY, None)
    assert (high - low)[SEASON, last].mean() < 25  # the values are from 20 to 80
    assert np.corrcoef(high[SEASON, last], values[SEASON, last])[0, 1] > 0.9


def test_an_outage_does_not_widen_the_band_and_is_not_expected_again(judged: tuple[Floats, Floats, Floats]) -> None:
    _, _, high = judged
    assert high[OUTAGE, BROKEN].max() < 150
    assert high[OUTAGE, 5 * DAY :].max() < 100


def test_a_new_level_is_outside_at_first_and_usual_days_later(judged: tuple[Floats, Floats, Floats]) -> None:
    values, low, high = judged
    outside = ((values < low) | (values > high))[LEVEL]
    assert outside[4 * DAY : 4 * DAY + 12].all()
    assert outside[7 * DAY :].mean() < 0.05
