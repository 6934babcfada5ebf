"""Packs the state of a series into a few kilobytes without loss, for the Schema DB.

The first byte is the version; the rest is compressed. Fields have the precision of state.py: rings, profiles and
histograms are 32-bit floats, extremes the first 16 bits of a 32-bit float. The limits are the smallest extremes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insights.baselines.state import Integers, SeriesState, new_state

VERSION = b"\x01"
LEVEL = 1  # of the compression: a higher one saves two percent and takes three times as long
SHORT = ("values", "logs", "ranks", "residuals", "histogram", "profiles", "means")
EXTREMES = ("extremes", "extremes_before", "edges")
FULL = (
    "latest", "interval", "lowest", "magnitude", "center", "scale", "slow_level", "offset",
    "slot_sum", "slot_points", "errors", "emitted", "reach",
)  # fmt: skip
WHOLE = ("count", "generation", "generation_before", "since_emitted", "slot", "edge_points")
Bytes = NDArray[np.uint8]


def pack(state: SeriesState) -> list[bytes]:
    """Packs each series separately."""
    rows = np.concatenate([_planes(each) for each in _stored(state)], axis=1)
    return [VERSION + zlib.compress(row.tobytes(), LEVEL) for row in rows]


def unpack(states: Sequence[bytes | None]) -> SeriesState:
    """Restores the states of the series. A series with None, or with another version, starts with an empty state."""
    made = new_state(len(states))
    known = np.array([at for at, each in enumerate(states) if each and each[:1] == VERSION], dtype=np.int64)
    if known.size:
        rows = np.frombuffer(b"".join(zlib.decompress((states[at] or b"")[1:]) for at in known), dtype=np.uint8)
        _fill(made, known, rows.reshape(known.size, -1))
    return made


def _stored(state: SeriesState) -> Iterator[NDArray[np.generic]]:
    for name in SHORT:
        yield getattr(state, name).astype("<f4")
    for name in EXTREMES:
        yield (getattr(state, name).astype("<f4").view("<u4") >> 16).astype("<u2")
    for name in FULL:
        yield getattr(state, name).astype("<f8")
    for name in WHOLE:
        yield getattr(state, name).astype("<i4")
    yield np.packbits(state.filled, axis=1)
    yield state.outside.astype("<i2")[:, None]


def _fill(state: SeriesState, rows: Integers, stored: Bytes) -> None:
    """Puts stored rows into the rows of a state."""
    at = 0

    def following(shape: tuple[int, ...], kind: str) -> NDArray[Any]:
        nonlocal at
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        part, at = stored[:, at : at + size], at + size
        plain = part.reshape(len(part), np.dtype(kind).itemsize, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(plain).view(kind).reshape(len(part), *shape)

    for name in SHORT:
        getattr(state, name)[rows] = following(getattr(state, name).shape[1:], "<f4")
    for name in EXTREMES:
        bits = following(getattr(state, name).shape[1:], "<u2").astype(np.uint32)
        getattr(state, name)[rows] = (bits << 16).view(np.float32)
    for kind, names in (("<f8", FULL), ("<i4", WHOLE)):
        for name in names:
            getattr(state, name)[rows] = following(getattr(state, name).shape[1:], kind)
    slots = state.filled.shape[1]
    state.filled[rows] = np.unpackbits(following((-(-slots // 8),), "|u1"), axis=1, count=slots).astype(np.bool_)
    state.outside[rows] = following((), "<i2")
    state.limits[rows, 0] = state.extremes[rows].min(axis=2)
    state.limits[rows, 1] = state.extremes_before[rows].min(axis=2)


def _planes(values: NDArray[np.generic]) -> Bytes:
    """The bytes of each row, the first byte of all values first: neighbours are alike, which compresses better."""
    flat = np.ascontiguousarray(values).reshape(len(values), -1)
    parts = flat.view(np.uint8).reshape(len(flat), flat.shape[1], flat.itemsize)
    return parts.transpose(0, 2, 1).reshape(len(flat), -1)
