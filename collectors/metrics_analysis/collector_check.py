"""Opens and resolves incidents about dead history collectors.

It runs in the sweep of metrics_analysis, because a dead history function cannot report itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectors.metrics_analysis.own_incidents import COLLECTOR_DEAD, collector_dead, collector_works
from db.error_db.models import UNRESOLVED, Incident
from insights import collector_health
from insights.collector_health import EVERYTHING, DeadCollector
from shared.history import ExpectedCollector
from shared.records import IncidentChange

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from insights.causes.lookup import Causes

PAUSE = timedelta(minutes=5)  # between two checks of an instance while every collector works

Plan = Callable[[list[IncidentChange], Any, datetime], None]


@dataclass(slots=True)
class CollectorCheck:
    """The check with its dependencies. `expected` returns the collectors that should run, by name."""

    store: ErrorStore
    schema: Causes
    expected: Callable[[Session], Mapping[str, ExpectedCollector]]
    plan: Plan
    redact: tuple[str, ...] = ()
    _again: datetime | None = field(default=None, repr=False)

    def check(self, now: datetime) -> int:
        """Checks the collectors; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        if self._again is not None and now < self._again:
            return 0
        dead = self.schema.ask(lambda session: self._dead(session, now), now)
        if dead is None:
            return 0
        unresolved = self._unresolved()
        self._again = None if dead or unresolved else now + PAUSE
        return self._record({one.name: one for one in dead}, unresolved, now)

    def _dead(self, session: Session, now: datetime) -> list[DeadCollector]:
        if not collector_health.has_snapshots(session):
            return []
        return collector_health.dead(session, self.expected(session), now)

    def _unresolved(self) -> set[str]:
        """The collectors with an unresolved incident."""
        query = select(Incident.resource).where(Incident.rule == COLLECTOR_DEAD, UNRESOLVED)
        with self.store.reading() as session:
            return set(session.scalars(query))

    def _record(self, dead: Mapping[str, DeadCollector], unresolved: set[str], now: datetime) -> int:
        # While nothing runs, the state of single collectors is unknown.
        over = set() if EVERYTHING in dead else unresolved - dead.keys()
        changed = sorted((dead.keys() - unresolved) | over)
        if not changed:
            return 0
        with self.store.transaction(now) as transaction:
            changes: list[IncidentChange] = []
            for name in changed:
                if name in over:
                    changes += transaction.recover(collector_works(name, now))
                else:
                    changes += transaction.record(collector_dead(dead[name], now), redact=self.redact)
            self.plan(changes, transaction, now)
        return len(changes)
