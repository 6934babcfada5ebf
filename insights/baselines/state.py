"""The state of the baselines: arrays with one row for each series, a few kilobytes per row.

Values are rounded when they are stored, so that packing (packing.py) loses nothing: the scores do not depend on how
often the state was packed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Short = NDArray[np.float32]

RING = 288  # latest values: twice the longest window
RANKS, LOGS, RESIDUALS = 48, 13, 24
BINS = 64
DAY_SLOTS, WEEK_SLOTS = 96, 168
KEPT = 16  # extremes of a generation
SHORT, STEPS, LEVELS, SPREADS, SEASONS = 3, 4, 2, 4, 2
VIEWS = SHORT + STEPS + LEVELS + SPREADS + SEASONS
SIDES = 2 * VIEWS
LONG_AGO = 1 << 30  # points


@dataclass(slots=True)
class SeriesState:
    """The state of several series; each field has one row for each series.

    `count` is the number of points, `latest` the time of the latest point and `interval` the usual time between two
    points, in seconds. `emitted` are the latest strength and rarity that exceeded earlier ones, `since_emitted` the
    number of points since then. Extremes are the largest residuals of each view and side, in the current generation and
    in the previous one; `edges` are the same for the distance from the expected value, in generations of `edge_points`
    points. `reach` is the distance of the band above and below the expected value. `outside` is the number of
    consecutive values beyond the band, negative if below it.
    """

    count: Integers
    latest: Floats
    interval: Floats
    lowest: Floats
    magnitude: Floats
    values: Floats
    logs: Floats
    ranks: Floats
    residuals: Floats
    histogram: Short
    center: Floats
    scale: Floats
    slow_level: Floats
    offset: Floats
    profiles: Short
    filled: NDArray[np.bool_]
    slot: Integers
    slot_sum: Floats
    slot_points: Floats
    errors: Floats
    extremes: Short
    extremes_before: Short
    limits: Floats
    means: Short
    generation: Integers
    generation_before: Integers
    emitted: Floats
    since_emitted: Integers
    edges: Short
    edge_points: Integers
    reach: Floats
    outside: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.count)

    def first(self, rows: int) -> SeriesState:
        """The first rows as views: a change of the view changes the state."""
        return SeriesState(*(getattr(self, each.name)[:rows] for each in fields(SeriesState)))

    def take(self, rows: Integers) -> SeriesState:
        """A copy of the state with only these rows."""
        return SeriesState(*(getattr(self, each.name)[rows] for each in fields(SeriesState)))

    def put(self, rows: Integers, other: SeriesState) -> None:
        """Replaces some rows by those of another state."""
        for each in fields(SeriesState):
            getattr(self, each.name)[rows] = getattr(other, each.name)


def new_state(series: int) -> SeriesState:
    """The state of series without points."""

    def floats(*shape: int, value: float = 0.0) -> Floats:
        return np.full((series, *shape), value)

    def integers(*shape: int, value: int = 0) -> Integers:
        return np.full((series, *shape), value, dtype=np.int64)

    def short(*shape: int, value: float = 0.0) -> Short:
        return np.full((series, *shape), value, dtype=np.float32)

    def nothing() -> Short:
        return short(SIDES, KEPT, value=-np.inf)

    return SeriesState(
        count=integers(), latest=floats(), interval=floats(), lowest=floats(), magnitude=floats(), values=floats(RING), logs=floats(LOGS),
        ranks=floats(RANKS), residuals=floats(RESIDUALS), histogram=short(BINS), center=floats(),
        scale=floats(value=1.0), slow_level=floats(), offset=floats(), profiles=short(DAY_SLOTS + WEEK_SLOTS),
        filled=np.zeros((series, DAY_SLOTS + WEEK_SLOTS), dtype=np.bool_), slot=integers(2, value=-1),
        slot_sum=floats(2), slot_points=floats(2), errors=floats(3), extremes=nothing(), extremes_before=nothing(),
        limits=floats(2, SIDES, value=-np.inf), means=short(VIEWS), generation=integers(), generation_before=integers(),
        emitted=floats(2), since_emitted=integers(2, value=LONG_AGO), edges=short(2, 2, KEPT, value=-np.inf), edge_points=integers(2),
        reach=floats(2, value=np.inf), outside=np.zeros(series, dtype=np.int16),
    )  # fmt: skip


def rounded(values: Floats) -> Floats:
    """The values rounded to 32-bit floats, as doubles, so that sums do not depend on the batch."""
    return values.astype(np.float32).astype(np.float64)


def rounded_to_16_bits(values: Floats) -> Floats:
    """The values rounded to the first 16 bits of a 32-bit float, at least three digits."""
    bits = values.astype(np.float32).view(np.uint32)
    nearest = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return nearest.view(np.float32).astype(np.float64)
