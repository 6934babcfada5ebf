"""Judges points in the order of time: how unusual each point is, from earlier points of its own series only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.baselines import band, bursts, season, tails, transforms, views
from insights.baselines.state import LONG_AGO, Floats, SeriesState, rounded

LARGEST = 1e15
POWER = 3.0
FAMILIES = (slice(0, 3), slice(3, 7), slice(7, 9), slice(9, 13))
SEASON = slice(13, 15)
SEASON_WEIGHT = 4 / 3
YOUNG, OLD, AGE_TERM = 600, 8000, 0.2
INTERVAL_STEP = 0.02
HOLD_OFF, HOLD_OFF_GROWTH, MARGIN = 200, 0.03, 0.1
SEEN = 8 * 86_400  # seconds after which a series has shown each day of the week,
RAREST = 3.0  # and until which nothing is rarer: its first weekend is new, not strange


@dataclass(frozen=True, slots=True)
class JudgedPoints:
    """One judged point of each series.

    `strength` ranks points; a larger value is more unusual. `rarity` is more conservative and calibrated:
    calibration.py has the rate at which chance reaches it. `first_strength` and `first_rarity` are 0 if a recent point
    was about as unusual, so that one fault raises one alarm. `season` is how well the time of day or week predicts the
    value, from 0 to 1. Nearly all usual values lie between `low` and `high` (band.py); both are infinite until the
    range is known.
    """

    strength: Floats
    rarity: Floats
    first_strength: Floats
    first_rarity: Floats
    expected: Floats
    season: Floats
    low: Floats
    high: Floats


def observe(state: SeriesState, times: Floats, x: Floats) -> JudgedPoints:
    """Judges one point of each series, then learns it. `times` are epoch seconds; missing points are left out."""
    x = rounded(np.clip(x, -LARGEST, LARGEST))
    _learn_interval(state, times)
    deviations = season.profiles(state, times)
    expected, weight = season.expected(state, deviations)
    center = band.center(state, expected, weight)
    low, high = band.around(state, center)
    expected = np.where(state.count > 0, expected, x)
    state.count += 1
    log, rank = transforms.log_level(state, x), transforms.rank(state, x)
    for ring, value in ((state.values, x), (state.logs, log), (state.ranks, rank), (state.residuals, x - expected)):
        ring[:, :-1] = ring[:, 1:].copy()
        ring[:, -1] = rounded(value)
    transforms.refresh_bins(state)
    found, ready = views.residuals(state, x, log)
    usual = band.near(state, x, center)
    band.learn(state, x, low, high, center)
    season.learn(state, times, x, usual, deviations)
    strength, rarity = (_joined(each, weight, state.count) for each in tails.surprises(state, found, ready))
    rarity = bursts.calibrated(state, rarity)
    rarity = np.where(state.count * state.interval < SEEN, np.minimum(rarity, RAREST), rarity)
    first = _held_off(state, np.stack([strength, rarity], axis=1))
    return JudgedPoints(strength, rarity, first[:, 0], first[:, 1], expected, weight, low, high)


def _learn_interval(state: SeriesState, times: Floats) -> None:
    """Learns the usual time between two points; a gap changes it only a little, however long it is."""
    passed = times - state.latest
    known = (state.count > 0) & (passed > 0)
    ratio = np.where(known & (state.interval > 0), passed / np.where(state.interval > 0, state.interval, 1.0), 1.0)
    first = known & (state.interval == 0)
    state.interval *= np.clip(ratio, 1 - INTERVAL_STEP, 1 + INTERVAL_STEP)
    state.interval[first] = passed[first]
    state.latest[:] = times


def _joined(surprises: Floats, weight: Floats, count: NDArray[np.int64]) -> Floats:
    """The power mean of the families; a series with few points is judged with less confidence."""
    powers = surprises**POWER
    families = sum(powers[:, of].mean(axis=1) for of in FAMILIES)
    share = SEASON_WEIGHT * weight
    mean = (families + share * powers[:, SEASON].mean(axis=1)) / (len(FAMILIES) + share)
    age = AGE_TERM * np.log10(np.clip(count, YOUNG, OLD) / YOUNG)
    joined: Floats = np.maximum(mean ** (1 / POWER) - age, 0.0)
    return joined


def _held_off(state: SeriesState, found: Floats) -> Floats:
    """The value if it exceeds the last emitted value of its kind, which is forgotten after a while; otherwise 0."""
    state.since_emitted[:] = np.minimum(state.since_emitted + 1, LONG_AGO)
    held = np.maximum(HOLD_OFF, HOLD_OFF_GROWTH * np.minimum(state.count, OLD))
    state.emitted[state.since_emitted > held[:, None]] = 0.0
    emitted = np.where(found > state.emitted + MARGIN, found, 0.0)
    raised = emitted > 0
    state.emitted[raised] = emitted[raised]
    state.since_emitted[raised] = 0
    return emitted
