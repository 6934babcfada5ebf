"""Whether the collectors keep their rhythm: the latest runs of each, and the interval between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, FAILED
from insights.collector_health import INTERVALS

MOST = 14


class CollectorState(StrEnum):
    """The state of a collector in one scope, the worst first."""

    FAILED = "failed"
    DELAYED = "delayed"
    RUNNING = "running"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run: its start, its state, and its duration in seconds, or None while it is running."""

    slot: datetime
    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class CollectorRhythm:
    """A collector in one scope: its latest runs, oldest first. `every` is the usual interval, None if it is unknown."""

    collector: str
    scope: str
    runs: tuple[PastRun, ...]
    every: timedelta | None
    last_success: datetime | None
    rows: int
    error: str
    state: CollectorState


def rhythms(session: Session, now: datetime) -> list[CollectorRhythm]:
    """Every collector and scope, with failing and delayed ones first."""
    rank = func.row_number().over(partition_by=(Snapshot.collector, Snapshot.scope), order_by=Snapshot.slot.desc())
    ranked = select(Snapshot.id, rank.label("rank")).subquery()
    query = select(Snapshot).join(ranked, (ranked.c.id == Snapshot.id) & (ranked.c.rank <= MOST))
    rows = session.scalars(query.order_by(Snapshot.collector, Snapshot.scope, Snapshot.slot)).all()
    found = [_rhythm(list(runs), now) for _, runs in groupby(rows, key=lambda row: (row.collector, row.scope))]
    return sorted(found, key=lambda each: (list(CollectorState).index(each.state), each.collector, each.scope))


def _rhythm(runs: Sequence[Snapshot], now: datetime) -> CollectorRhythm:
    latest, every = runs[-1], _interval(runs)
    done = next((run for run in reversed(runs) if run.state == DONE), None)
    last_success = done.finished_at if done else None
    return CollectorRhythm(
        latest.collector,
        latest.scope,
        tuple(PastRun(run.slot, run.state, _seconds(run)) for run in runs),
        every,
        last_success,
        done.row_count if done else 0,
        latest.error or "",
        _state(latest.state, last_success, every, now),
    )


def _interval(runs: Sequence[Snapshot]) -> timedelta | None:
    lengths = [(later.slot - earlier.slot).total_seconds() for earlier, later in pairwise(runs)]
    return timedelta(seconds=median(lengths)) if lengths else None


def _seconds(run: Snapshot) -> float | None:
    return (run.finished_at - run.taken_at).total_seconds() if run.finished_at and run.taken_at else None


def _state(latest: str, last_success: datetime | None, every: timedelta | None, now: datetime) -> CollectorState:
    if latest == FAILED:
        return CollectorState.FAILED
    if every is not None and last_success is not None and now - last_success > INTERVALS * every:
        return CollectorState.DELAYED
    return CollectorState.WELL if latest == DONE else CollectorState.RUNNING
