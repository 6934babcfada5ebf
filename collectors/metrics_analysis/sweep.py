"""What a tick of the scheduler catches up on: whatever no message will come for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from shared.logs import log

if TYPE_CHECKING:
    from collectors.metrics_analysis.pipeline import Pipeline
    from db.error_db.store import ErrorStore

MAX_ACTIONS = 50


class Worker(Protocol):
    """Runs planned actions."""

    def run_due(self, now: datetime, *, limit: int = 20, incident_ids: list[int] | None = None) -> int:
        """How many it ran."""


def sweep(pipeline: Pipeline, store: ErrorStore, worker: Worker, now: datetime) -> str:
    """Resolves what went quiet, reads split entries that stayed incomplete, runs what is due, forgets what is old.

    Everything here may run twice, or in two instances at once: each step changes only what is still to change.
    Raises TransientError when the database is away.
    """
    quiet = _resolve_quiet(pipeline, store, now)
    late = _late_splits(pipeline, store, now)
    ran = worker.run_due(now, limit=MAX_ACTIONS)
    dropped = store.forget(now, retention_days=pipeline.settings.retention_days)
    log("INFO", "sweep", quiet=quiet, late_splits=late, actions=ran, dropped=dropped)
    return f"sweep: {quiet} went quiet, {late} late splits, {ran} actions, {dropped} rows dropped"


def _resolve_quiet(pipeline: Pipeline, store: ErrorStore, now: datetime) -> int:
    with store.transaction(now) as transaction:
        changes = transaction.resolve_quiet()
        if changes:
            pipeline.outside.plan(changes, transaction, now)
    return len(changes)


def _late_splits(pipeline: Pipeline, store: ErrorStore, now: datetime) -> int:
    before = now - timedelta(seconds=pipeline.settings.lateness_seconds)
    with store.transaction(now) as transaction:
        groups = transaction.incomplete_parts(before)
        changes = [change for parts in groups for change in pipeline.late_split(parts, transaction)]
        if changes:
            pipeline.outside.plan(changes, transaction, now)
    return len(groups)
