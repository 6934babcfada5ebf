"""Adds the new samples of each stored series to its baseline.

Series are learned in groups, and within a group by day; each step is one transaction with the baselines. After an
interruption the next run continues with the group, and no sample is learned twice. Samples are learned in the order of
their time; a sample that arrives after a later sample of its series is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from collectors.history_analysis.collector import Batch, Collector
from db.schema_db import learned
from db.schema_db.learned import StoredBaseline
from db.schema_db.selection import Period
from db.schema_db.store import SchemaStore
from insights.baselines.calibration import LEARNED, NOTED
from insights.baselines.detector import JudgedPoints, observe
from insights.baselines.packing import pack, unpack
from insights.baselines.state import Floats, SeriesState

NAME = "hinomi.baselines"
EVERY = timedelta(minutes=15)
GROUP = 1000  # series
DAY = timedelta(days=1)
HOUR = 3600


def step(store: SchemaStore, scope: str) -> Collector:
    """The maintenance step."""
    return Collector(
        name=NAME,
        doc="Learns what is usual for each metric",
        every=EVERY,
        permissions=(),
        scopes=lambda _settings: [scope],
        collect=lambda context: learn(store, context.now, int((context.checkpoint or {}).get("after", 0))),
        lag=timedelta(0),
    )


def learn(store: SchemaStore, now: datetime, after: int = 0) -> Iterator[Batch]:
    """Learns every new sample. The checkpoint is the last series of a finished group."""
    with store.transaction() as session:
        if not after:
            learned.take(session)
        first = learned.first_hour(session)
    while first is not None:
        with store.reading() as session:
            numbers = learned.next_series(session, after, GROUP)
            oldest = learned.first_sample_of_new(session, numbers) if numbers else None
        if not numbers:
            break
        start = min(first, oldest or first)
        with store.reading() as session:
            last = learned.last_samples(session, numbers, start)
        while start <= now:
            with store.transaction() as session:
                written = advance(session, numbers, (start, start + DAY), last)
            yield Batch(rows=(), written=written)
            start += DAY
        after = numbers[-1]
        yield Batch(rows=(), checkpoint={"after": after})
    with store.transaction() as session:
        learned.give_back(session)


def advance(session: Session, numbers: Sequence[int], period: Period, last: Mapping[int, datetime]) -> int:
    """Learns the samples of neighbouring series in [start, end), each up to its time in `last`; returns the number of rows written.

    Samples that collectors write to an earlier day during the run are left to the next run.
    """
    samples = [
        each for each in learned.samples(session, numbers, *period) if each[0] in last and each[1] <= last[each[0]]
    ]
    if not samples:
        return 0
    of = np.array([number for number, _, _ in samples], dtype=np.int64)
    times = np.array([time.timestamp() for _, time, _ in samples])
    values = np.array([value for _, _, value in samples])
    stored = learned.locked(session, set(of.tolist()))
    known = np.array([each.series_id for each in stored], dtype=np.int64)
    until = np.array([each.learned_until.timestamp() for each in stored])
    at = np.searchsorted(known, of)
    new = times > until[at]
    if not new.any():
        return 0
    columns = _Columns.of(at[new], times[new], values[new])
    found = _judge(unpack([stored[row].state for row in columns.rows]), columns)
    return _store(session, [stored[row] for row in columns.rows], found)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Samples side by side, one row for each series, those with most samples first: column n has the nth of each.

    `rows` are the places of the series among the stored ones, `counts` their numbers of samples.
    """

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    times: Floats
    values: Floats

    @classmethod
    def of(cls, at: NDArray[np.int64], times: Floats, values: Floats) -> _Columns:
        """From samples by series and time; `at` is the place of the series of each."""
        rows, first, counts = np.unique(at, return_index=True, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        width = int(counts.max())
        place = np.minimum(first[order][:, None] + np.arange(width), len(times) - 1)
        return cls(rows[order], counts[order], times[place], values[place])


@dataclass(frozen=True, slots=True)
class _Found:
    """The learned states after the last sample, with the times of the latest sample and outlier (0: none)."""

    state: SeriesState
    latest: Floats
    outside_at: Floats
    ranges: list[tuple[int, float, float, float]]
    unusual: list[tuple[int, float, float, float, float, float, float]]


def _judge(state: SeriesState, columns: _Columns) -> _Found:
    """Judges and learns the samples in their order. Lists of the result name a series by its row."""
    found = _Found(state, np.zeros(len(state)), np.zeros(len(state)), [], [])
    for place in range(columns.times.shape[1]):
        size = int(np.searchsorted(-columns.counts, -place))
        some, times, values = state.first(size), columns.times[:size, place], columns.values[:size, place]
        begins = times // HOUR > some.latest // HOUR
        judged = observe(some, times, values)
        found.latest[:size] = times
        _keep(found, some, judged, (times, values, begins))
    return found


def _keep(
    found: _Found, some: SeriesState, judged: JudgedPoints, samples: tuple[Floats, Floats, NDArray[np.bool_]]
) -> None:
    times, values, begins = samples
    is_ready = (some.count > LEARNED) & np.isfinite(judged.low) & np.isfinite(judged.high)
    outside = (values < judged.low) | (values > judged.high)
    for row in np.flatnonzero(is_ready & begins).tolist():
        hour = times[row] // HOUR * HOUR
        found.ranges.append((row, float(hour), float(judged.low[row]), float(judged.high[row])))
    unusual = np.flatnonzero(is_ready & (outside | (judged.rarity >= NOTED)))
    beyond = np.flatnonzero(is_ready & outside)
    found.outside_at[beyond] = times[beyond]
    for row in unusual.tolist():
        band = float(judged.low[row]), float(judged.high[row])
        rarity = float(judged.rarity[row]), float(judged.first_rarity[row])
        found.unusual.append((row, float(times[row]), float(values[row]), *band, *rarity))


def _store(session: Session, before: Sequence[StoredBaseline], found: _Found) -> int:
    numbers, counts = [each.series_id for each in before], found.state.count.tolist()
    baselines = [
        StoredBaseline(old.series_id, count, _time(latest), _time(outside) if outside else old.outside_at, state)
        for old, count, latest, outside, state in zip(
            before, counts, found.latest.tolist(), found.outside_at.tolist(), pack(found.state), strict=True
        )
    ]
    baselines.sort(key=lambda each: each.series_id)
    ranges = [(numbers[row], _time(time), low, high) for row, time, low, high in found.ranges]
    unusual = [(numbers[each[0]], _time(each[1]), *each[2:]) for each in found.unusual]
    return learned.store(session, baselines, ranges, unusual)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
