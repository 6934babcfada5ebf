"""Two scales on which the values of different series look alike: the logarithm, and the rank among past values."""

from __future__ import annotations

import numpy as np

from insights.baselines.state import BINS, Floats, SeriesState

EXACT = 64  # points whose ranks are exact
SLOW = 1000
DECAY = 1 - 1 / 4000
REACH = 6.0  # the bins cover asinh(-REACH..REACH) of a value in its scale
LOOKED_AT_EVERY = 288
MOST_AT_THE_ENDS = 0.25
LEAST = 1e-12


def log_level(state: SeriesState, x: Floats) -> Floats:
    """The logarithm of each value relative to the lowest value.

    `state` already counts the point; this function updates its magnitude.
    """
    n = state.count
    size = np.abs(x)
    state.lowest[:] = np.where(n == 1, x, np.minimum(state.lowest, x))
    state.magnitude += (size - state.magnitude) / np.minimum(n, SLOW)
    return np.log(np.maximum(x - np.minimum(state.lowest, 0.0), 0.0) + 0.02 * state.magnitude + LEAST)


def rank(state: SeriesState, x: Floats) -> Floats:
    """The share of earlier values below each value, minus 1/2. Then the value becomes past.

    The ring holds the earlier values only. The first values are compared directly, later ones with a histogram that
    forgets old values.
    """
    early = state.count <= EXACT
    ranks = np.empty_like(x)
    if early.any():
        ranks[early] = _exact(state.values[early, -EXACT:], state.count[early] - 1, x[early])
    late = ~early
    if late.any():
        first = state.count == EXACT + 1
        if first.any():
            _rebuild(state, np.flatnonzero(first), EXACT)
        ranks[late] = _binned(state, late, x)
    return ranks - 0.5


def refresh_bins(state: SeriesState) -> None:
    """Chooses new bins for series whose values left the bins. The ring already contains the latest value."""
    due = np.flatnonzero((state.count > EXACT) & (state.count % LOOKED_AT_EVERY == 0))
    if due.size:
        found = state.histogram[due]
        at_the_ends = found[:, 0] + found[:, -1]
        outside = due[at_the_ends > MOST_AT_THE_ENDS * found.sum(axis=1)]
        if outside.size:
            _rebuild(state, outside, state.values.shape[1])


def _exact(past: Floats, count: np.ndarray, x: Floats) -> Floats:
    known = np.arange(past.shape[1]) >= past.shape[1] - count[:, None]
    below = ((past < x[:, None]) & known).sum(axis=1)
    equal = ((past == x[:, None]) & known).sum(axis=1)
    return np.where(count > 0, (below + 0.5 * equal) / np.maximum(count, 1), 0.5)


def _binned(state: SeriesState, rows: np.ndarray, x: Floats) -> Floats:
    position = _position(state, np.flatnonzero(rows), x[rows, None])[:, 0]
    place = position.astype(np.int64)
    bins = state.histogram[rows].astype(np.float64)
    below = np.cumsum(bins, axis=1)
    at = np.arange(len(bins))
    own = bins[at, place]
    ranks: Floats = (below[at, place] - own + 0.5 * own) / np.maximum(below[:, -1], LEAST)
    bins *= DECAY
    bins[at, place] += 1.0
    state.histogram[rows] = bins
    return ranks


def _rebuild(state: SeriesState, rows: np.ndarray, known: int) -> None:
    """Bins around the median of the latest values."""
    past = np.sort(state.values[rows, -known:], axis=1)
    center = past[:, known // 2]
    spread = np.sort(np.abs(past - center[:, None]), axis=1)
    scale = 1.4826 * spread[:, known // 2]
    scale = np.where(scale > 0, scale, spread.mean(axis=1))
    state.center[rows] = center
    state.scale[rows] = np.where(scale > 0, scale, 1e-6 * np.abs(center) + LEAST)
    position = _position(state, rows, past).astype(np.int64)
    counted = np.zeros((len(rows), BINS))
    np.add.at(counted, (np.arange(len(rows))[:, None], position), 1.0)
    state.histogram[rows] = counted


def _position(state: SeriesState, rows: np.ndarray, x: Floats) -> Floats:
    z = np.arcsinh((x - state.center[rows, None]) / state.scale[rows, None])
    width = 2 * REACH / BINS
    return np.clip((z + REACH) / width, 0, BINS - 1e-9)
