"""The range of nearly all usual values of a series, learned from the distances between earlier values and expected values.

One in a thousand values exceeds each side of the band. The distance is a quantile of the largest distances of two
generations of points; the first generations are short. With fewer than LEAST larger distances, an exponential tail
extends them. Of consecutive values beyond the band only the first is learned, so that an outage of hours does not widen
the band for weeks. If all values of a day are beyond the band, the new level is usual from then on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import KEPT, RESIDUALS, Floats, SeriesState, rounded_to_16_bits

BEYOND = 1 / 1000  # usual values beyond a side of the band
LEAST = 8
DAY = 86_400
LATEST, MOST = RESIDUALS, 10_000  # points in a row: at least and at most of a day
KNOWN = 100  # points after which there is a band
SHORTEST, LONGEST = 288, 8000  # points of a generation
REFRESHED_EVERY = 48  # points
SLACK = 1e-3  # of the mean of values, for a series that was constant
WIDEST = 3.0  # of the present reach: no single value is learned as farther away
MARGIN = 1.1  # of a distance: the level of counts moves by parts of one
NARROWEST = 1e-6  # of the mean of values: differences of rounding are inside


def center(state: SeriesState, expected: Floats, weight: Floats) -> Floats:
    """The expected level with the known part of the season. `expected` and `weight` come from season.expected."""
    found: Floats = state.offset + weight * (expected - state.offset)
    return found


def around(state: SeriesState, middle: Floats) -> tuple[Floats, Floats]:
    """The lowest and the highest usual value; infinite until KNOWN points were seen.

    Never below 0 for a series without negative values.
    """
    slack = NARROWEST * state.magnitude
    low, high = middle - state.reach[:, 1] - slack, middle + state.reach[:, 0] + slack
    return np.where((state.lowest >= 0) & np.isfinite(low), np.maximum(low, 0.0), low), high


def near(state: SeriesState, x: Floats, middle: Floats) -> Floats:
    """The values, limited to the surroundings of the band, so that a single value cannot change the expectation."""
    farthest = WIDEST * np.abs(state.reach) + SLACK * state.magnitude[:, None]
    return np.clip(x, middle - farthest[:, 1], middle + farthest[:, 0])


def learn(state: SeriesState, x: Floats, low: Floats, high: Floats, middle: Floats) -> None:
    """Adds the distance of a value from the middle of the band. `state` has already counted the point."""
    side = (x > high).astype(np.int8) - (x < low).astype(np.int8)
    distance = x - middle
    both = np.stack([distance, -distance], axis=1)
    farthest = WIDEST * np.abs(state.reach) + SLACK * state.magnitude[:, None]
    both = rounded_to_16_bits(np.minimum(both, farthest))
    again = (side != 0) & (side == np.sign(state.outside))
    new = (both > state.edges[:, 0].min(axis=2)) & ~again[:, None] & (state.count > 1)[:, None]
    rows, sides = np.nonzero(new)
    if rows.size:
        kept = state.edges[rows, 0, sides]
        kept[np.arange(rows.size), kept.argmin(axis=1)] = both[rows, sides]
        state.edges[rows, 0, sides] = kept
    state.outside[:] = np.clip(np.where(again, state.outside + side, side), -MOST, MOST)
    _accept(state)
    due = new.any(axis=1) | (state.count % REFRESHED_EVERY == 0)
    _next_generation(state)
    at = np.flatnonzero(due & (state.edge_points.sum(axis=1) >= KNOWN))
    if at.size:
        state.reach[at] = _quantile(state, at)


def _accept(state: SeriesState) -> None:
    """Moves the level of series whose values were beyond the band for a day to their latest values."""
    day = np.where(state.interval > 0, DAY / np.where(state.interval > 0, state.interval, 1.0), np.inf)
    rows = np.flatnonzero(np.abs(state.outside) >= np.clip(day, LATEST, MOST))
    if rows.size:
        state.offset[rows] += state.residuals[rows].mean(axis=1)
        state.outside[rows] = 0


def _next_generation(state: SeriesState) -> None:
    """Counts the point, and begins the next generation where it is due."""
    state.edge_points[:, 0] += 1
    length = np.clip(state.count - state.edge_points[:, 0], SHORTEST, LONGEST)
    due = np.flatnonzero(state.edge_points[:, 0] >= length)
    if due.size:
        state.edges[due, 1] = state.edges[due, 0]
        state.edges[due, 0] = -np.inf
        state.edge_points[due, 1] = state.edge_points[due, 0]
        state.edge_points[due, 0] = 0


def _quantile(state: SeriesState, rows: NDArray[np.intp]) -> Floats:
    """The distance that one in a thousand values exceeds, of each row and side."""
    edges = state.edges[rows].transpose(0, 2, 1, 3).reshape(len(rows), 2, 2 * KEPT).astype(np.float64)
    kept = np.sort(edges, axis=2)[:, :, ::-1]
    points = state.edge_points[rows].sum(axis=1).astype(np.float64)[:, None]
    number = np.maximum(BEYOND * points, 1e-9)  # of values beyond
    finite = np.isfinite(kept)
    count = finite.sum(axis=2)
    base_at = np.clip(np.minimum(LEAST, count) - 1, 0, None)[:, :, None]
    base = np.take_along_axis(kept, base_at, axis=2)[:, :, 0]
    over = np.where(finite, kept, 0.0)[:, :, :LEAST]
    top = np.minimum(np.maximum(count, 1), LEAST)
    mean = np.maximum(over.sum(axis=2) / top - base, 0.0)
    tail = base + mean * np.log(np.maximum(top / number, 1.0))
    at = np.clip(np.round(number).astype(np.int64), 1, np.maximum(count, 1)) - 1
    inside = np.take_along_axis(kept, np.broadcast_to(at[:, :, None], (len(rows), 2, 1)), axis=2)[:, :, 0]
    found = np.where(number >= LEAST, inside, tail)
    return np.where(count > 0, np.where(found > 0, MARGIN * found, found), np.inf)
