"""Alignment and reduction of time series as in Cloud Monitoring, on plain numbers.

Slots are counted backwards from the end of the interval; a slot contains the points after its start, up to its end.
Source: google/monitoring/v3/common.proto (Aggregation).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

Points = Mapping[float, float]


def align(points: Points, *, aligner: str, kind: str, start: float, end: float, period: int) -> dict[float, float]:
    """Values by the end of their slot; slots without a point are left out. Raises ValueError for the wrong kind."""
    if aligner in ("ALIGN_DELTA", "ALIGN_RATE") and kind == "GAUGE":
        raise ValueError(f"{aligner} cannot be applied to a metric of kind GAUGE")
    if aligner.endswith("_TRUE") and any(not isinstance(value, bool) for value in points.values()):
        raise ValueError(f"{aligner} can be applied to BOOL metrics only")
    slots: dict[float, list[float]] = {}
    for time, value in sorted(points.items()):
        if start < time <= end:
            slots.setdefault(end - (end - time) // period * period, []).append(value)
    combine = _aligner(aligner, period)
    return {slot: combine(values) for slot, values in slots.items()}


def reduce(series: Sequence[Points], reducer: str) -> dict[float, float]:
    """Several aligned series as one. Raises ValueError for an unknown reducer."""
    if reducer not in _REDUCERS:
        raise ValueError(f"unsupported reducer {reducer}")
    slots: dict[float, list[float]] = {}
    for points in series:
        for time, value in points.items():
            slots.setdefault(time, []).append(value)
    return {time: _REDUCERS[reducer](values) for time, values in slots.items()}


_REDUCERS: dict[str, Callable[[list[float]], float]] = {
    "REDUCE_SUM": math.fsum,
    "REDUCE_MEAN": fmean,
    "REDUCE_MAX": max,
    "REDUCE_MIN": min,
}
_ALIGNERS: dict[str, Callable[[list[float]], float]] = {
    "ALIGN_MEAN": fmean,
    "ALIGN_MAX": max,
    "ALIGN_MIN": min,
    "ALIGN_SUM": math.fsum,
    "ALIGN_DELTA": math.fsum,
    "ALIGN_COUNT_TRUE": math.fsum,
    "ALIGN_FRACTION_TRUE": fmean,
}


def _aligner(name: str, period: int) -> Callable[[list[float]], float]:
    if name == "ALIGN_RATE":
        return lambda values: math.fsum(values) / period
    if name.startswith("ALIGN_PERCENTILE_"):
        share = int(name.removeprefix("ALIGN_PERCENTILE_")) / 100
        return lambda values: sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
    if name not in _ALIGNERS:
        raise ValueError(f"unsupported aligner {name}")
    return _ALIGNERS[name]
