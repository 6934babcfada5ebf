"""The residuals of a point in several views, grouped in families; each family is one opinion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import RING, VIEWS, Floats, SeriesState

# Windows as distances from the latest value, the largest first; the sums between them give every mean.
EDGES = (288, 192, 144, 96, 48, 24, 12, 6)
_STARTS = np.array([RING - edge for edge in EDGES])
STEP_WINDOWS = (24, 48, 96, 144)
UNIT = 1e-9


def residuals(state: SeriesState, x: Floats, log: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The residual of each view (series, view), and whether its window is full. The rings already contain the point."""
    n = state.count[:, None]
    found = np.zeros((len(x), VIEWS))
    ready = np.ones((len(x), VIEWS), dtype=np.bool_)
    sums = _sums(state.values)
    past = np.minimum(n[:, 0] - 1, 12)
    found[:, 0] = x - _mean_before(state.values, x, n[:, 0] - 1, 6)
    found[:, 1] = x - _mean_before(state.values, x, n[:, 0] - 1, 12)
    found[:, 2] = log - np.where(past > 0, state.logs[:, -13:-1].sum(axis=1) / np.maximum(past, 1), log)
    for at, width in enumerate(STEP_WINDOWS):
        found[:, 3 + at] = (sums[width] - (sums[2 * width] - sums[width])) / width
    ready[:, 3:7] = n >= 2 * np.array(STEP_WINDOWS)
    found[:, 7] = state.ranks[:, -12:].sum(axis=1) / np.minimum(n[:, 0], 12)
    found[:, 8] = state.ranks.sum(axis=1) / np.minimum(n[:, 0], 48)
    found[:, 9:13] = _spreads(state)
    ready[:, 9:13] = n >= np.array([24, 48, 49, 25])
    found[:, 13] = state.residuals[:, -6:].sum(axis=1) / np.minimum(n[:, 0], 6)
    found[:, 14] = state.residuals.sum(axis=1) / np.minimum(n[:, 0], 24)
    return found, ready


def _sums(values: Floats) -> dict[int, Floats]:
    """The sum of the last values, by their number."""
    parts = np.add.reduceat(values, _STARTS, axis=1)
    total = np.cumsum(parts[:, ::-1], axis=1)
    return {edge: total[:, at] for at, edge in enumerate(EDGES[::-1])}


def _mean_before(values: Floats, x: Floats, past: NDArray[np.int64], width: int) -> Floats:
    """The mean of up to `width` values before the latest; the value itself where there are none."""
    known = np.minimum(past, width)
    total = values[:, -1 - width : -1].sum(axis=1)
    found: Floats = np.where(known > 0, total / np.maximum(known, 1), x)
    return found


def _spreads(state: SeriesState) -> Floats:
    """How much the last values vary: logarithms of deviations, and of mean steps."""
    latest = state.values[:, -49:]
    steps = np.abs(np.diff(latest, axis=1))
    floor = UNIT * state.magnitude + 1e-300
    deviations = [np.log(latest[:, -width:].std(axis=1) + 1e-6 * state.magnitude + 1e-300) for width in (24, 48)]
    mean_24, mean_48 = steps[:, -24:].mean(axis=1), steps.mean(axis=1)
    return np.stack([*deviations, mean_48, np.log(mean_24 + 1e-6 * state.magnitude + floor)], axis=1)
