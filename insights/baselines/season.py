"""The usual course of a day and of a week: the value expected at a time, and how reliable this expectation is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import DAY_SLOTS, WEEK_SLOTS, Floats, Integers, SeriesState

DAY, WEEK = 86_400, 604_800
DAY_RATE, WEEK_RATE = 0.25, 0.35
ERROR_RATE = 1 / 600
CLIPPED_AT = 4.0  # mean errors: a larger one moves the level no further
LEAST_SKILL, FULL_SKILL = 0.1, 0.5
STARTS = (0, DAY_SLOTS)
SLOTS = (DAY_SLOTS, WEEK_SLOTS)
PERIODS = (DAY, WEEK)
RATES = (DAY_RATE, WEEK_RATE)


def profiles(state: SeriesState, times: Floats) -> tuple[Floats, Floats]:
    """The deviations that the daily and the weekly profile expect at these times (epoch seconds)."""
    return _interpolated(state, times, 0), _interpolated(state, times, 1)


def expected(state: SeriesState, deviations: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The expected values by the better of the two profiles, and their weights from 0 to 1.

    `deviations` come from `profiles`.
    """
    of_day, of_week = deviations
    profile = np.where(state.errors[:, 1] <= state.errors[:, 0], of_week, of_day)
    error = np.minimum(state.errors[:, 0], state.errors[:, 1])
    flat = state.errors[:, 2]
    skill = np.where(flat > 0, 1 - error / np.where(flat > 0, flat, 1.0), 0.0)
    weight = np.clip((skill - LEAST_SKILL) / (FULL_SKILL - LEAST_SKILL), 0.0, 1.0)
    return profile + state.offset, weight


def learn(state: SeriesState, times: Floats, x: Floats, usual: Floats, deviations: tuple[Floats, Floats]) -> None:
    """Adds a value to both profiles, which expected these `deviations`.

    `usual` is the limited value that the profiles learn, so that an outage is not expected on the next day.
    """
    per_day = np.maximum(DAY / np.where(state.interval > 0, state.interval, DAY), 1.0)
    first = state.count == 1
    state.offset[first] = x[first]
    state.slow_level[first] = x[first]
    rate = np.maximum(ERROR_RATE, 1.0 / np.maximum(state.count, 1))
    residual = x - state.offset
    for which in (0, 1):
        error = x - deviations[which] - state.offset
        state.errors[:, which] += rate * (np.abs(error) - state.errors[:, which])
        residual = np.where(np.abs(error) < np.abs(residual), error, residual)
        _fill(state, times, usual - state.offset, which)
    state.errors[:, 2] += rate * (np.abs(x - state.slow_level) - state.errors[:, 2])
    state.slow_level += (x - state.slow_level) / per_day
    most = CLIPPED_AT * np.minimum(state.errors[:, 0], state.errors[:, 1])
    state.offset += np.clip(residual, -most, most) / per_day


def _interpolated(state: SeriesState, times: Floats, which: int) -> Floats:
    """The profile at these times, linear between the centres of its slots; unknown slots are 0."""
    size, start = SLOTS[which], STARTS[which]
    place = (times % PERIODS[which]) / PERIODS[which] * size - 0.5
    left = np.floor(place).astype(np.int64)
    part = place - left
    at = np.arange(len(times))
    before, after = start + left % size, start + (left + 1) % size
    known_before, known_after = state.filled[at, before], state.filled[at, after]
    low, high = (state.profiles[at, slots].astype(np.float64) for slots in (before, after))
    low, high = (
        np.where(known_before, low, np.where(known_after, high, 0.0)),
        np.where(known_after, high, np.where(known_before, low, 0.0)),
    )
    found: Floats = low + part * (high - low)
    return found


def _fill(state: SeriesState, times: Floats, deviation: Floats, which: int) -> None:
    """Adds a deviation to its slot; a slot that ended enters the profile."""
    size, start = SLOTS[which], STARTS[which]
    slot: Integers = ((times % PERIODS[which]) / PERIODS[which] * size).astype(np.int64)
    ended: NDArray[np.intp] = np.flatnonzero((slot != state.slot[:, which]) & (state.slot_points[:, which] > 0))
    if ended.size:
        at = start + state.slot[ended, which]
        mean = state.slot_sum[ended, which] / state.slot_points[ended, which]
        rate = np.where(state.filled[ended, at], RATES[which], 1.0)
        state.profiles[ended, at] += rate * (mean - state.profiles[ended, at])
        state.filled[ended, at] = True
        state.slot_sum[ended, which] = 0.0
        state.slot_points[ended, which] = 0.0
    state.slot[:, which] = slot
    state.slot_sum[:, which] += deviation
    state.slot_points[:, which] += 1
