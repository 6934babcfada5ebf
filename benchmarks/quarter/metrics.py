"""The metrics of the platform: loads of thirteen kinds, and disks that are flat, grow slowly, or are cleaned each day or week."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.generated_series import KINDS, PER_DAY

Floats = NDArray[np.float64]
RELEASED, AFTER_RELEASE = 20, 1.1  # one series in RELEASED grows by the factor AFTER_RELEASE after a release, for good,
EXACT = ("smooth_days", "trend", "states")  # but not of kinds that vary less: there a step is a fault of its own


def loads(seed: int, count: int, points: int, release: int) -> Floats:
    """A row for each series, the kinds alternating. `release` is the position of a release."""
    made = np.empty((count, points))
    for at, make in enumerate(KINDS.values()):
        rows = np.arange(at, count, len(KINDS))
        if rows.size:
            made[rows] = make(np.random.default_rng((seed, at)), rows.size, points)
    kinds = list(KINDS)
    varying = [number for number in range(count) if kinds[number % len(kinds)] not in EXACT]
    made[varying[3::RELEASED], release:] *= AFTER_RELEASE
    return made


def disks(seed: int, count: int, points: int) -> Floats:
    """The used share of disks. No disk reaches nine tenths."""
    rng = np.random.default_rng((seed, len(KINDS)))
    day = np.arange(points) / PER_DAY
    made = np.empty((count, points))
    for number in range(count):
        level = rng.uniform(0.2, 0.6)
        shapes = (
            lambda: 0.0 * day,
            lambda: rng.uniform(0.0003, 0.002) * day,
            lambda: rng.uniform(0.01, 0.04) * ((day + rng.uniform(0, 7)) % 7),  # cleaned each week
            lambda: rng.uniform(0.05, 0.2) * ((day + rng.uniform(0, 1)) % 1),  # and each day
        )
        made[number] = level + shapes[number % len(shapes)]() + 0.002 * rng.normal(size=points)
    return made
