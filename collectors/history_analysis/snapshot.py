"""A history run: every collector and scope that is due, then the upkeep of the tables.

Running twice, two at once, or again after a crash at any moment leaves the same rows (db/schema_db/snapshots.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.history_analysis import collector_run, registry, upkeep
from collectors.history_analysis.collector import Collector
from collectors.history_analysis.collector_run import Parts, Task
from collectors.history_analysis.errors import describe
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import Progress, SnapshotOutcome, SnapshotResult
from db.schema_db import monitored_projects, snapshots
from db.schema_db.snapshots import LastRun
from db.schema_db.store import SchemaStore
from shared.clients import Clients
from shared.config import Settings
from shared.http import is_transient_error


def _silent(_progress: Progress) -> None:
    """For those who do not watch."""


@dataclass(frozen=True, slots=True)
class HistoryDependencies:
    """What a history run needs. `clock` gives the time, aware; `collectors` are all that may run."""

    store: SchemaStore
    clients: Clients
    settings: Settings
    clock: Callable[[], datetime]
    collectors: Sequence[Collector]
    limiter: Limiter = field(default_factory=Limiter)


def run(
    outside: HistoryDependencies,
    slot_time: datetime,
    *,
    only: Sequence[str] = (),
    budget_seconds: float | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> list[SnapshotResult]:
    """Runs what is due at `slot_time`, or of it the collectors named in `only` and no upkeep.

    Stops when the budget is spent and leaves checkpoints. A collector that fails becomes a result. Raises InputError
    for an unknown name, TransientError when the Schema DB is away.
    """
    found = registry.select(outside.collectors, only)
    with outside.store.reading() as session:
        settings = monitored_projects.settings(session, outside.settings)
    parts = Parts(
        store=outside.store,
        clients=outside.clients,
        settings=settings,
        limiter=outside.limiter,
        clock=outside.clock,
        owner=uuid.uuid4().hex,
        deadline=outside.clock() + timedelta(seconds=budget_seconds) if budget_seconds is not None else None,
        progress=progress,
    )
    tasks, results = _tasks(parts, found, slot_time)
    if not only:
        for step in upkeep.steps(outside.store, settings):
            tasks += [Task.at(step, scope, slot_time) for scope in step.scopes(settings)]
    for task in tasks:
        results += collector_run.run(parts, task)
    return results


def _tasks(parts: Parts, found: Sequence[Collector], slot_time: datetime) -> tuple[list[Task], list[SnapshotResult]]:
    """What to run, and what cannot run."""
    tasks: list[Task] = []
    failures: list[SnapshotResult] = []
    for collector in found:
        try:
            tasks += [Task.at(collector, scope, slot_time) for scope in collector.scopes(parts.settings)]
        except Exception as error:  # noqa: BLE001 - recorded; the other collectors still run
            words, transient = describe(error), is_transient_error(error)
            failures.append(
                SnapshotResult(collector.name, "", slot_time, SnapshotOutcome.FAILED, error=words, transient=transient)
            )
    with parts.store.reading() as session:
        last_runs = snapshots.last_runs(session)
    return in_order(tasks, last_runs), failures


def in_order(tasks: Sequence[Task], last_runs: Mapping[tuple[str, str], LastRun]) -> list[Task]:
    """Whose turn was longest ago comes first: a short budget reaches all in the end.

    But one that reads the rows of another comes after it, so that an interrupted run ends like any other; unless it
    missed its turn before already, because the other one leaves no time.
    """
    never = LastRun()

    def turn(task: Task) -> LastRun:
        return last_runs.get((task.collector.name, task.scope), never)

    def place(task: Task) -> tuple[datetime, bool]:
        needed = [turn(other) for other in tasks if other.collector.name in task.collector.after]
        is_first = any(other.done is None for other in needed)
        waits = bool(needed) and (is_first or turn(task).done == task.slot - task.collector.every)
        return max(item.taken for item in (turn(task), *(needed if waits else ()))), waits

    return sorted(tasks, key=place)
