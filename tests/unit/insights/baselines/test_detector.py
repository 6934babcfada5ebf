"""Baselines of series: causal, independent of the batch, and quiet where nothing happens."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.generated_series import PER_DAY, Floats, bursts, series_of_all_kinds
from insights.baselines.calibration import alarms_per_week, rarity_of
from insights.baselines.detector import JudgedPoints, observe
from insights.baselines.one_series import scores
from insights.baselines.state import SeriesState, new_state

pytestmark = pytest.mark.slow

START, STEP = 1_790_000_000.0, 300.0


def judge(
    values: Floats, state: SeriesState | None = None, times: Floats | None = None
) -> tuple[Floats, list[JudgedPoints]]:
    """The rarity of each point that is an alarm candidate (series, points)."""
    state = state or new_state(len(values))
    when = times if times is not None else START + STEP * floats(0, values.shape[1])
    found = [observe(state, np.full(len(values), time), values[:, at]) for at, time in enumerate(when)]
    return np.stack([each.first_rarity for each in found], axis=1), found


def floats(first: int, last: int) -> Floats:
    return np.arange(first, last, dtype=np.float64)


def of_all_kinds(series: int, points: int) -> Floats:
    return np.concatenate(list(series_of_all_kinds(3, series, points).values()))


def test_a_series_has_the_same_scores_alone_and_in_a_batch() -> None:
    values = of_all_kinds(1, 300)
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


DAYS = 7
END = DAYS * PER_DAY
LEVELS = (0.0, 7.0, -3.5, 1e12)
CHANGED_AT = 1300


def constant(level: float) -> Floats:
    """The same value all the time, and another one at the end."""
    values = np.full(END, level)
    values[-1] = level + max(abs(level) / 10, 1)
    return values


def without_a_peak(rng: np.random.Generator) -> Floats:
    """A peak each morning, but not on the last day."""
    hour = np.arange(END) % PER_DAY / 12
    values = 5 + 40 * ((hour >= 9) & (hour < 12)) + rng.normal(size=END)
    values[-PER_DAY:] = np.minimum(values[-PER_DAY:], 8)
    return np.asarray(values, dtype=np.float64)


def of_a_new_level(rng: np.random.Generator) -> Floats:
    return np.concatenate([rng.normal(20, 1, CHANGED_AT), rng.normal(60, 1, END - CHANGED_AT)])


def of_work_days(rng: np.random.Generator) -> Floats:
    """A week with its weekend and two days, the last of which ends with a peak."""
    at = np.arange(9 * PER_DAY)
    values = np.where(at // PER_DAY % 7 < 5, 100.0, 20.0) + rng.normal(size=at.size)
    values[-6:] = 500.0
    return values


def of_bursts(rng: np.random.Generator) -> Floats:
    """Rare bursts, then one half as large again as all before, and one that is far larger."""
    values: Floats = bursts(rng, 1, 9 * PER_DAY)[0]
    largest = values[:LARGER].max()
    values[LARGER:] = 0
    values[LARGER], values[-1] = 1.5 * largest, 40 * largest
    return values


CONSTANTS = slice(0, len(LEVELS))
PEAK, NEW_LEVEL, WORK_DAYS, BURSTS = range(len(LEVELS), len(LEVELS) + 4)
ORDINARY = slice(BURSTS + 1, None)
LARGER = 8 * PER_DAY
SAMPLE = 1200  # points of an ordinary series


@pytest.fixture(scope="module")
def situations() -> tuple[Floats, list[JudgedPoints]]:
    """Constant series, some with one event, and ordinary ones: judged together, which is cheaper. A shorter one goes on with its last value."""
    seeds = ((7, without_a_peak), (7, of_a_new_level), (11, of_work_days), (5, of_bursts))
    told = [*map(constant, LEVELS), *(make(np.random.default_rng(seed)) for seed, make in seeds)]
    series = [*told, *of_all_kinds(8, SAMPLE)]
    longest = max(map(len, series))
    return judge(np.stack([np.pad(each, (0, longest - len(each)), mode="edge") for each in series]))


def test_a_constant_series_raises_nothing_and_its_first_change_does(
    situations: tuple[Floats, list[JudgedPoints]],
) -> None:
    of_constants = situations[0][CONSTANTS, :END]
    assert of_constants[:, :-1].max() < rarity_of(1)
    assert of_constants[:, -1].min() >= rarity_of(0.25)


def test_a_peak_that_is_missing_at_its_time_of_day_is_found(situations: tuple[Floats, list[JudgedPoints]]) -> None:
    found, judged = situations
    missed = slice(END - PER_DAY + 9 * 12, END - PER_DAY + 12 * 12)
    assert found[PEAK, missed].max() >= rarity_of(0.25)
    assert judged[END - PER_DAY + 10 * 12].expected[PEAK] == pytest.approx(45, abs=5)


def test_a_level_that_changed_for_good_is_one_alarm_and_then_normal(
    situations: tuple[Floats, list[JudgedPoints]],
) -> None:
    alarms = np.flatnonzero(situations[0][NEW_LEVEL, CHANGED_AT - 100 : END] >= rarity_of(0.25)) + CHANGED_AT - 100
    assert CHANGED_AT in alarms
    assert len(alarms[alarms > CHANGED_AT + 10]) <= 2


def test_a_gap_of_three_days_raises_nothing_afterwards() -> None:
    rng = np.random.default_rng(5)
    kept = np.r_[0 : 3 * PER_DAY, 6 * PER_DAY : 7 * PER_DAY]
    values = 50 + 10 * np.sin(kept / PER_DAY * 2 * np.pi) + rng.normal(size=kept.size)
    found, _ = judge(values[None, :], times=START + STEP * kept)
    assert found[0, 3 * PER_DAY :].max() < rarity_of(0.05)


def test_extreme_values_stay_finite() -> None:
    values = np.array([[1e300, -1e300, 0.0, 5e-324, 1e16] * 30])
    found, judged = judge(values)
    assert np.isfinite(found).all()
    assert all(np.isfinite(each.expected).all() for each in judged)


def test_each_score_depends_on_earlier_points_only_and_missing_points_are_skipped() -> None:
    rng = np.random.default_rng(8)
    points: list[tuple[float, float | None]] = [(START + STEP * at, float(rng.normal())) for at in range(250)]
    whole = list(scores(points))
    assert list(scores(points[:200])) == whole[:200]
    with_hole = [*points[:100], (START, None), (START, float("nan")), *points[100:]]
    assert [each for each in scores(with_hole) if each.expected == each.expected] == whole


def test_alarms_by_chance_are_within_the_promised_budget(situations: tuple[Floats, list[JudgedPoints]]) -> None:
    """A sample; benchmarks/baselines.py measures a thousand series."""
    found = situations[0][ORDINARY, 576:SAMPLE]
    weeks = found.size / 2016
    assert 0.5 <= (found >= rarity_of(1.0)).sum() / weeks <= 2.0


def test_the_first_weekend_of_a_series_is_new_and_not_rare(situations: tuple[Floats, list[JudgedPoints]]) -> None:
    rarity = np.array([each.rarity[WORK_DAYS] for each in situations[1]])
    assert rarity[: 8 * PER_DAY].max() == 3.0
    assert rarity[-6:].max() > 5


def test_a_burst_that_is_a_little_larger_than_all_before_is_not_rare(
    situations: tuple[Floats, list[JudgedPoints]],
) -> None:
    rarity = np.array([each.rarity[BURSTS] for each in situations[1]])
    assert rarity[LARGER] < rarity_of(0.1)
    assert rarity[9 * PER_DAY - 1] > 6


def test_the_calibration_is_its_own_inverse() -> None:
    for budget in (8.0, 1.0, 0.3, 0.05, 0.01):
        assert alarms_per_week(rarity_of(budget)) == pytest.approx(budget)
