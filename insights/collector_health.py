"""Detects dead history collectors: those that failed repeatedly, or had no success for three of their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, FAILED
from shared.history import ExpectedCollector

INTERVALS = 3
FAILURES = 3
LATEST = 10  # maximum number of snapshots read for each collector and scope
EVERYTHING = "history_analysis"


@dataclass(frozen=True, slots=True)
class DeadCollector:
    """A collector, or all collectors (EVERYTHING), without success since a time.

    `error` is the error of the last attempt.
    """

    name: str
    since: datetime
    scopes: tuple[str, ...]
    error: str


def has_snapshots(session: Session) -> bool:
    """Whether a history run has ever begun."""
    return session.scalar(select(Snapshot.id).limit(1)) is not None


def dead(session: Session, expected: Mapping[str, ExpectedCollector], now: datetime) -> list[DeadCollector]:
    """The dead collectors among the expected ones, ordered by name; without collectors that have never run.

    If no run has begun for three of the shortest intervals, history_analysis itself is dead, and only that is reported.
    """
    if not expected:
        return []
    latest = session.scalar(select(func.max(Snapshot.taken_at)))
    if latest is not None and now - latest > INTERVALS * min(one.every for one in expected.values()):
        return [DeadCollector(EVERYTHING, latest, (), "")]
    checked = (_dead(session, name, collector, now) for name, collector in sorted(expected.items()))
    return [one for one in checked if one is not None]


def _dead(session: Session, name: str, collector: ExpectedCollector, now: datetime) -> DeadCollector | None:
    failing = list(_failing(session, name, collector, now))
    if not failing:
        return None
    since, _, error = min(failing)
    return DeadCollector(name, since, tuple(sorted(scope for _, scope, _ in failing)), error)


def _failing(
    session: Session, name: str, collector: ExpectedCollector, now: datetime
) -> Iterator[tuple[datetime, str, str]]:
    """The scopes in which the collector is dead: since when, the scope, the last error."""
    for scope in collector.scopes:
        runs = _latest(session, name, scope)
        if not runs:
            continue
        done = next((run for run in runs if run.state == DONE), None)
        since = (done.finished_at if done else None) or runs[-1].started_at
        after = runs[: runs.index(done)] if done else runs
        failures = sum(run.attempts for run in after if run.state == FAILED)
        if failures >= FAILURES or now - since > INTERVALS * collector.every:
            yield since, scope, next((run.error for run in after if run.error), "")


def _latest(session: Session, name: str, scope: str) -> list[Snapshot]:
    query = select(Snapshot).where(Snapshot.collector == name, Snapshot.scope == scope)
    return list(session.scalars(query.order_by(Snapshot.slot.desc()).limit(LATEST)))
