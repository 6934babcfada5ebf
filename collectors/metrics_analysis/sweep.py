"""The periodic work of a tick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from shared.errors import TransientError
from shared.logs import log, log_error
from shared.texts.history import errors as history_errors

if TYPE_CHECKING:
    from collectors.metrics_analysis.pipeline import Pipeline
    from db.error_db.store import ErrorStore
    from shared.records import IncidentView

MAX_ACTIONS = 50


class Worker(Protocol):
    """Runs planned actions."""

    def run_due(self, now: datetime, *, limit: int = 20, incident_ids: list[int] | None = None) -> int:
        """Runs due actions; returns their number."""


def sweep(  # noqa: PLR0913 - one for each step
    pipeline: Pipeline,
    store: ErrorStore,
    worker: Worker,
    now: datetime,
    plan_deferred: Callable[[], int] = lambda: 0,
    usual_intervals: Callable[[list[IncidentView]], dict[int, timedelta]] = lambda _: {},
    check_collectors: Callable[[], int] = lambda: 0,
    *,
    send_reports: Callable[[], int] = lambda: 0,
    read_reasons: Callable[[], int] = lambda: 0,
) -> str:
    """Runs due actions, closes quiet incidents, evaluates incomplete split entries, and applies retention.

    `usual_intervals` returns how often the jobs of incidents usually run, by incident id. `plan_deferred` plans the actions
    that a silence or a used-up budget suppressed, and returns their number. `check_collectors` opens and resolves incidents
    about history collectors, and returns their number. `send_reports` sends the reports that are due. `read_reasons` reads
    the logs of failures whose entries do not say why. Each step may run
    twice, or in two instances at once, because it changes only rows that are still due. A failed step does not stop the
    others; TransientError is raised at the end, so that the tick is delivered again.
    """
    steps: dict[str, Callable[[], int]] = {
        "actions": lambda: worker.run_due(now, limit=MAX_ACTIONS),
        "quiet": lambda: _close_quiet(pipeline, store, now, usual_intervals),
        "late_splits": lambda: _late_splits(pipeline, store, now),
        "caught_up": plan_deferred,
        "collectors": check_collectors,
        "reasons": read_reasons,
        "new_actions": lambda: worker.run_due(now, limit=MAX_ACTIONS),  # runs planned by the steps above
        "reports": send_reports,
        "counted": store.count_incidents,
        "dropped": lambda: store.forget(now, retention_days=pipeline.settings.retention_days),
    }
    done, failed = _run(steps)
    log("INFO", "sweep", **done)
    if failed:
        raise TransientError(history_errors.SWEEP_FAILED(errors=", ".join(failed)))
    return (
        f"sweep: {done['quiet']} went quiet, {done['late_splits']} late splits, {done['actions'] + done['new_actions']} actions, "
        f"{done['dropped']} rows dropped"
    )


def _run(steps: dict[str, Callable[[], int]]) -> tuple[dict[str, int], list[str]]:
    """Runs the steps; returns their counts, and the names of the steps that failed."""
    done: dict[str, int] = {}
    failed: list[str] = []
    for name, step in steps.items():
        try:
            done[name] = step()
        except Exception as error:  # noqa: BLE001 - recorded here, raised by the caller after the other steps
            log_error("a step of the sweep failed", error, step=name)
            failed.append(name)
    return done, failed


def _close_quiet(
    pipeline: Pipeline,
    store: ErrorStore,
    now: datetime,
    usual_intervals: Callable[[list[IncidentView]], dict[int, timedelta]],
) -> int:
    with store.transaction(now) as transaction:
        quiet = transaction.quiet_incidents()
    usual = usual_intervals(quiet) if quiet else {}
    with store.transaction(now) as transaction:
        changes = transaction.end_flapping()
        changes += transaction.resolve_quiet(usual=usual) if quiet else []
        if changes:
            pipeline.dependencies.plan(changes, transaction, now)
    return len(changes)


def _late_splits(pipeline: Pipeline, store: ErrorStore, now: datetime) -> int:
    before = now - timedelta(seconds=pipeline.settings.lateness_seconds)
    with store.transaction(now) as transaction:
        groups = transaction.incomplete_parts(before)
        changes = [change for parts in groups for change in pipeline.late_split(parts, transaction)]
        if changes:
            pipeline.dependencies.plan(changes, transaction, now)
    return len(groups)
