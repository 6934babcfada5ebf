"""The rarity of values of series that stay at one level except for rare bursts, such as errors.

A burst larger than all earlier ones is less rare than the same distance in another series: only the few bursts are
comparable, and one burst is in many windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import VIEWS, Floats, SeriesState

AT_ONE_LEVEL = 0.8  # share of the latest values that are equal
SEEN = 8  # earlier changes among the largest
# The rarity of a burst, and the rarity that all kinds of series reach as often (benchmarks/baselines.py).
MEASURED = (
    (1.6, 1.6), (2.0, 1.83), (2.6, 2.07), (3.0, 2.25), (3.5, 2.55), (4.2, 2.98), (5.0, 3.27), (6.0, 3.8), (100.0, 50.8),
)  # fmt: skip


def calibrated(state: SeriesState, rarity: Floats) -> Floats:
    """The rarity of each series; lower where the point is a burst. `state` contains the point."""
    rows = np.flatnonzero(rarity > MEASURED[0][0])
    if not rows.size:
        return rarity
    bursts = rows[_has_bursts(state, rows)]
    found = rarity.copy()
    measured, as_often = zip(*MEASURED, strict=True)
    found[bursts] = np.interp(rarity[bursts], np.array(measured), np.array(as_often))
    return found


def _has_bursts(state: SeriesState, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether nearly all latest values of each row are equal, and it has changed before."""
    values = state.values[rows]
    is_level = (values == np.median(values, axis=1)[:, None]).mean(axis=1) >= AT_ONE_LEVEL
    kept = [each[rows, side] for each in (state.extremes, state.extremes_before) for side in (0, VIEWS)]
    changes = np.concatenate(kept, axis=1)
    has_changed = (np.isfinite(changes) & (changes > 0)).sum(axis=1) >= SEEN
    found: NDArray[np.bool_] = is_level & has_changed
    return found
