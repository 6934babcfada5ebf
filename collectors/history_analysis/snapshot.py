"""A history run: every due collector and scope, then the maintenance of the tables.

Running it twice, concurrently, or again after a crash leaves the same rows (db/schema_db/snapshots.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.history_analysis import collector_run, registry, upkeep
from collectors.history_analysis.collector import Collector, Readings, Reported, none_read, none_reported
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
    """The default for the progress callback: does nothing."""


@dataclass(frozen=True, slots=True)
class HistoryDependencies:
    """The dependencies of a history run.

    `clock` returns the timezone-aware time; `collectors` are all available collectors.
    """

    store: SchemaStore
    clients: Clients
    settings: Settings
    clock: Callable[[], datetime]
    collectors: Sequence[Collector]
    limiter: Limiter = field(default_factory=Limiter)
    reported: Reported = none_reported
    readings: Readings = none_read


def run(
    outside: HistoryDependencies,
    slot_time: datetime,
    *,
    only: Sequence[str] = (),
    budget_seconds: float | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> list[SnapshotResult]:
    """Runs the collectors that are due at `slot_time`, or only those in `only`, then without maintenance.

    Stops at the end of its time budget and leaves checkpoints. The failure of a collector becomes a result. Raises
    InputError for an unknown name, TransientError if the Schema DB is unavailable.
    """
    collectors = registry.select(outside.collectors, only)
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
        reported=outside.reported,
        readings=outside.readings,
    )
    tasks, results = _tasks(parts, collectors, slot_time)
    if not only:
        for step in upkeep.steps(outside.store, settings):
            tasks += [Task.at(step, scope, slot_time) for scope in step.scopes(settings)]
    for task in tasks:
        results += collector_run.run(parts, task)
    return results


def _tasks(
    parts: Parts, collectors: Sequence[Collector], slot_time: datetime
) -> tuple[list[Task], list[SnapshotResult]]:
    """The tasks to run, and results for collectors that cannot run."""
    tasks: list[Task] = []
    failures: list[SnapshotResult] = []
    for collector in collectors:
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
    """Orders tasks by their last run, oldest first, so that even a short budget reaches all of them over several runs.

    A collector that reads the rows of another collector comes after it, unless it was already skipped because the other
    one left no time.
    """
    never = LastRun()

    def turn(task: Task) -> LastRun:
        return last_runs.get((task.collector.name, task.scope), never)

    def position(task: Task) -> tuple[datetime, bool]:
        needed = [turn(other) for other in tasks if other.collector.name in task.collector.after]
        is_first = any(other.done is None for other in needed)
        waits = bool(needed) and (is_first or turn(task).done == task.slot - task.collector.every)
        return max(item.taken for item in (turn(task), *(needed if waits else ()))), waits

    return sorted(tasks, key=position)
