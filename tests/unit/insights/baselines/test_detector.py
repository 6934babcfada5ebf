"""Baselines use only the past, do not depend on the batch, and raise few alarms on ordinary series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.generated_series import Floats, bursts, series_of_all_kinds
from insights.baselines.calibration import alarms_per_week, rarity_of
from insights.baselines.detector import JudgedPoints, observe
from insights.baselines.one_series import scores
from insights.baselines.state import SeriesState, new_state

pytestmark = pytest.mark.slow

START, STEP = 1_790_000_000.0, 300.0


def judge(
    values: Floats, state: SeriesState | None = None, times: Floats | None = None
) -> tuple[Floats, list[JudgedPoints]]:
    """The rarity of each point that may raise an alarm (series, points).

    `times` are the times of all series, or of each series.
    """
    state = state or new_state(len(values))
    when = np.broadcast_to(times if times is not None else START + STEP * floats(0, values.shape[1]), values.shape)
    found = [observe(state, when[:, at], values[:, at]) for at in range(values.shape[1])]
    return np.stack([each.first_rarity for each in found], axis=1), found


def floats(first: int, last: int) -> Floats:
    return np.arange(first, last, dtype=np.float64)


def of_all_kinds(series: int, points: int) -> Floats:
    return np.concatenate(list(series_of_all_kinds(3, series, points).values()))


def test_a_series_has_the_same_scores_alone_and_in_a_batch() -> None:
    values = of_all_kinds(1, 200)
    together, _ = judge(values)
    for at in (0, 5):
        alone, _ = judge(values[at : at + 1])
        assert (alone[0] == together[at]).all()


def test_a_state_that_was_stored_in_between_changes_nothing() -> None:
    values = of_all_kinds(1, 200)
    whole, _ = judge(values)
    state = new_state(len(values))
    judge(values[:, :90], state)
    copy = new_state(len(values))
    copy.put(np.arange(len(values)), state.take(np.arange(len(values))))
    rest, _ = judge(values[:, 90:], copy, START + STEP * floats(90, 200))
    assert (rest == whole[:, 90:]).all()


def test_series_that_ended_do_not_change_the_others() -> None:
    values = of_all_kinds(1, 60)
    whole, _ = judge(values)
    state = new_state(len(values))
    judge(values[:, :30], state)
    rest, _ = judge(values[:4, 30:], state.first(4), START + STEP * floats(30, 60))
    assert (rest == whole[:4, 30:]).all()


# Of the series with an event: points ten minutes apart. Each point costs the same for one series or a hundred.
TEN_MINUTES = 600.0
PER_HOUR = 6
PER_DAY = 24 * PER_HOUR
DAYS = 7
END = DAYS * PER_DAY
LEVELS = (0.0, 7.0, -3.5, 1e12)
CHANGED_AT = 650


def constant(level: float) -> Floats:
    """The same value all the time, and another one at the end."""
    values = np.full(END, level)
    values[-1] = level + max(abs(level) / 10, 1)
    return values


def without_a_peak(rng: np.random.Generator) -> Floats:
    """A peak each morning, but not on the last day."""
    hour = np.arange(END) % PER_DAY / PER_HOUR
    values = 5 + 40 * ((hour >= 9) & (hour < 12)) + rng.normal(size=END)
    values[-PER_DAY:] = np.minimum(values[-PER_DAY:], 8)
    return np.asarray(values, dtype=np.float64)


def of_a_new_level(rng: np.random.Generator) -> Floats:
    return np.concatenate([rng.normal(20, 1, CHANGED_AT), rng.normal(60, 1, END - CHANGED_AT)])


def of_work_days(rng: np.random.Generator) -> Floats:
    """A week with its weekend, and two more days; the last one ends with a peak."""
    at = np.arange(9 * PER_DAY)
    values = np.where(at // PER_DAY % 7 < 5, 100.0, 20.0) + rng.normal(size=at.size)
    values[-3:] = 500.0
    return values


def of_bursts(rng: np.random.Generator) -> Floats:
    """Rare bursts, then one that is half as large again as all before, and one that is far larger."""
    values: Floats = bursts(rng, 1, 9 * PER_DAY)[0]
    largest = values[:LARGER].max()
    values[LARGER:] = 0
    values[LARGER], values[-1] = 1.5 * largest, 40 * largest
    return values


KEPT = np.r_[0 : 3 * PER_DAY, 6 * PER_DAY : 7 * PER_DAY]  # points around a gap of three days


def with_a_gap(rng: np.random.Generator) -> Floats:
    return np.asarray(50 + 10 * np.sin(KEPT / PER_DAY * 2 * np.pi) + rng.normal(size=KEPT.size), dtype=np.float64)


CONSTANTS = slice(0, len(LEVELS))
PEAK, NEW_LEVEL, WORK_DAYS, BURSTS, GAP = range(len(LEVELS), len(LEVELS) + 5)
LARGER = 8 * PER_DAY
SAMPLE = 1200  # points of an ordinary series


@dataclass(frozen=True)
class Situations:
    """The results for constant series, series with one event and, over a shorter time, ordinary series."""

    rarity: Floats
    points: list[JudgedPoints]
    of_ordinary: Floats


@pytest.fixture(scope="module")
def situations() -> Situations:
    """Evaluates all series together, which is cheaper; a shorter one is extended with its last value."""
    seeds = ((7, without_a_peak), (7, of_a_new_level), (11, of_work_days), (9, of_bursts), (5, with_a_gap))
    printed = [*map(constant, LEVELS), *(make(np.random.default_rng(seed)) for seed, make in seeds)]
    longest = max(map(len, printed))
    values = np.stack([np.pad(each, (0, longest - len(each)), mode="edge") for each in printed])
    times = np.tile(START + TEN_MINUTES * floats(0, longest), (len(printed), 1))
    times[GAP, KEPT.size :] += TEN_MINUTES * (1 + KEPT[-1] - KEPT.size)
    times[GAP, : KEPT.size] = START + TEN_MINUTES * KEPT
    ordinary = of_all_kinds(8, SAMPLE)
    state = new_state(len(printed) + len(ordinary))
    all_times = np.concatenate([times[:, :SAMPLE], np.tile(START + STEP * floats(0, SAMPLE), (len(ordinary), 1))])
    first, points = judge(np.concatenate([values[:, :SAMPLE], ordinary]), state, all_times)
    rest, later = judge(values[:, SAMPLE:], state.first(len(printed)), times[:, SAMPLE:])
    return Situations(np.concatenate([first[: len(printed)], rest], axis=1), [*points, *later], first[len(printed) :])


def test_a_constant_series_raises_nothing_and_its_first_change_does(situations: Situations) -> None:
    of_constants = situations.rarity[CONSTANTS, :END]
    assert of_constants[:, :-1].max() < rarity_of(1)
    assert of_constants[:, -1].min() >= rarity_of(0.25)


def test_a_peak_that_is_missing_at_its_time_of_day_is_found(situations: Situations) -> None:
    missed = slice(END - PER_DAY + 9 * PER_HOUR, END - PER_DAY + 12 * PER_HOUR)
    assert situations.rarity[PEAK, missed].max() >= rarity_of(0.25)
    assert situations.points[END - PER_DAY + 10 * PER_HOUR].expected[PEAK] == pytest.approx(45, abs=5)


def test_a_level_that_changed_for_good_is_one_alarm_and_then_normal(situations: Situations) -> None:
    alarms = np.flatnonzero(situations.rarity[NEW_LEVEL, CHANGED_AT - 100 : END] >= rarity_of(0.25)) + CHANGED_AT - 100
    assert CHANGED_AT in alarms
    assert len(alarms[alarms > CHANGED_AT + 5]) <= 2


def test_a_gap_of_three_days_raises_nothing_afterwards(situations: Situations) -> None:
    assert situations.rarity[GAP, 3 * PER_DAY : KEPT.size].max() < rarity_of(0.05)


def test_extreme_values_stay_finite() -> None:
    values = np.array([[1e300, -1e300, 0.0, 5e-324, 1e16] * 30])
    found, judged = judge(values)
    assert np.isfinite(found).all()
    assert all(np.isfinite(each.expected).all() for each in judged)


def test_each_score_depends_on_earlier_points_only_and_missing_points_are_skipped() -> None:
    rng = np.random.default_rng(8)
    points: list[tuple[float, float | None]] = [(START + STEP * at, float(rng.normal())) for at in range(150)]
    whole = list(scores(points))
    assert list(scores(points[:110])) == whole[:110]
    assert max(each.score for each in whole[100:]) > 0
    with_hole = [*points[:100], (START, None), (START, float("nan")), *points[100:]]
    assert [each for each in scores(with_hole) if each.expected == each.expected] == whole


def test_alarms_by_chance_are_within_the_promised_budget(situations: Situations) -> None:
    """A sample; benchmarks/baselines.py measures a thousand series."""
    found = situations.of_ordinary[:, 576:]
    weeks = found.size / 2016
    assert 0.5 <= (found >= rarity_of(1.0)).sum() / weeks <= 2.0


def test_the_first_weekend_of_a_series_is_new_and_not_rare(situations: Situations) -> None:
    rarity = np.array([each.rarity[WORK_DAYS] for each in situations.points])
    assert rarity[: 8 * PER_DAY].max() == 3.0
    assert rarity[-3:].max() > 5


def test_a_burst_that_is_a_little_larger_than_all_before_is_not_rare(situations: Situations) -> None:
    rarity = np.array([each.rarity[BURSTS] for each in situations.points])
    assert rarity[LARGER] < rarity_of(0.1)
    assert rarity[9 * PER_DAY - 1] > 6


def test_the_calibration_is_its_own_inverse() -> None:
    for budget in (8.0, 1.0, 0.3, 0.05, 0.01):
        assert alarms_per_week(rarity_of(budget)) == pytest.approx(budget)
