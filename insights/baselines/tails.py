"""How rare a residual is, from the largest past residuals and a generalized Pareto tail.

The excess over a high limit follows a generalized Pareto distribution (Pickands 1975; Siffer et al., KDD 2017). The two
parameters come from mean and variance (Hosking and Wallis 1987); a prior pulls the shape parameter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import SIDES, Floats, SeriesState, rounded_to_16_bits

LEAST_POINTS = 100
SHORTEST, LONGEST = 1000, 8000  # points of a generation
USUAL = 0.3  # surprise of a residual that is none of the extremes
MOST = 100.0
PRIOR_SHAPE, PRIOR_WEIGHT = 0.15, 20.0
MOST_SHAPE = 0.5
NARROWEST = 0.3  # of the width of an exponential tail through the limit
SLOW = 1000


def surprises(state: SeriesState, residuals: Floats, ready: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The surprise of each view: -log10 of the probability of its more surprising side. Then the residuals become past.

    The second array is more conservative: its tails are at least as wide as the body of the distribution suggests. A
    burst that one window contains many times leaves equal extremes, and thus a tail without width.
    """
    # As precise as the extremes are kept: equal residuals are equal to them.
    both = rounded_to_16_bits(np.concatenate([residuals, -residuals], axis=1))
    usable = np.concatenate([ready, ready], axis=1)
    points = state.generation + state.generation_before
    found = np.where(usable & (points >= LEAST_POINTS)[:, None], USUAL, 0.0)
    judged = usable & (both > state.limits.max(axis=1)) & (points >= LEAST_POINTS)[:, None]
    rows, sides = np.nonzero(judged)
    careful = found.copy()
    if rows.size:
        found[rows, sides], careful[rows, sides] = _tail(
            state, rows, sides, both[rows, sides], points[rows].astype(np.float64)
        )
    _remember(state, both, usable)
    state.means += np.where(ready, (residuals - state.means) / np.minimum(state.count, SLOW)[:, None], 0.0)
    return _larger_side(found), _larger_side(careful)


def _larger_side(found: Floats) -> Floats:
    half = SIDES // 2
    return np.maximum(found[:, :half], found[:, half:])


def _tail(
    state: SeriesState, rows: NDArray[np.intp], sides: NDArray[np.intp], r: Floats, points: Floats
) -> tuple[Floats, Floats]:
    """The surprises of residuals that are extremes; `points` is the number of points in memory."""
    points = points + 1  # and this one
    limit = state.limits[rows, :, sides].max(axis=1)
    kept = np.concatenate([state.extremes[rows, sides], state.extremes_before[rows, sides]], axis=1).astype(np.float64)
    above = kept >= np.where(np.isfinite(limit), limit, -1e300)[:, None]
    count = above.sum(axis=1)
    limit = np.where(np.isfinite(limit), limit, np.where(above, kept, np.inf).min(axis=1))
    excess = np.where(above, kept - limit[:, None], 0.0)
    reached = (above & (kept >= r[:, None])).sum(axis=1)
    seen = np.maximum(count, 1)
    mean = excess.sum(axis=1) / seen
    variance = np.where(above, (excess - mean[:, None]) ** 2, 0.0).sum(axis=1) / seen
    empirical = np.log10(points / (reached + 0.5))
    shape, scale = _parameters(mean, variance, count)
    floor = NARROWEST * (limit - _middle(state, rows, sides)) / np.log(np.maximum(points / (2 * seen), np.e))
    found = []
    for width in (scale, np.maximum(scale, floor)):
        tail = _pareto(np.maximum(r - limit, 0.0), shape, width) + np.log10(points / (count + 0.5))
        judged = np.where(reached == 0, np.maximum(tail, empirical), (tail + empirical) / 2)
        found.append(np.clip(np.where(width > 0, judged, empirical), 0.0, MOST))
    return found[0], found[1]


def _middle(state: SeriesState, rows: NDArray[np.intp], sides: NDArray[np.intp]) -> Floats:
    """The mean residual of each view, with the sign of its side."""
    half = SIDES // 2
    found: Floats = state.means[rows, sides % half].astype(np.float64) * np.where(sides < half, 1.0, -1.0)
    return found


def _parameters(mean: Floats, variance: Floats, count: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Shape and scale of the excesses."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shape = np.where(variance > 0, (1 - mean**2 / variance) / 2, 0.0)
    shape = np.clip((count * shape + PRIOR_WEIGHT * PRIOR_SHAPE) / (count + PRIOR_WEIGHT), 0.0, MOST_SHAPE)
    return shape, mean * (1 - shape)


def _pareto(excess: Floats, shape: Floats, scale: Floats) -> Floats:
    """-log10 of the probability that an excess is larger than this one."""
    with np.errstate(over="ignore"):
        ratio = np.where(scale > 0, excess / np.where(scale > 0, scale, 1.0), 0.0)
        flat = ratio / np.log(10)
        bent = np.log1p(shape * ratio) / np.where(shape > 1e-9, shape, 1.0) / np.log(10)
    found: Floats = np.where(shape > 1e-9, bent, flat)
    return found


def _remember(state: SeriesState, both: Floats, usable: NDArray[np.bool_]) -> None:
    """Keeps the residuals that are among the largest of the running generation, and begins the next one when it is due."""
    rows, sides = np.nonzero(usable & (both > state.limits[:, 0]))
    if rows.size:
        kept = state.extremes[rows, sides]
        smallest = kept.argmin(axis=1)
        kept[np.arange(rows.size), smallest] = both[rows, sides]
        state.extremes[rows, sides] = kept
        state.limits[rows, 0, sides] = kept.min(axis=1)
    state.generation += 1
    length = np.clip(state.count - state.generation, SHORTEST, LONGEST)
    due = np.flatnonzero(state.generation >= length)
    if due.size:
        state.extremes_before[due] = state.extremes[due]
        state.extremes[due] = -np.inf
        state.limits[due, 1] = state.limits[due, 0]
        state.limits[due, 0] = -np.inf
        state.generation_before[due] = state.generation[due]
        state.generation[due] = 0
