"""The checks after a history run: they open incidents for faults that the history shows and no log entry reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from collectors.history_analysis.baselines.check import UnusualMetricCheck
from collectors.history_analysis.baselines.limits import LimitCheck
from collectors.history_analysis.costs.check import CostCheck
from collectors.history_analysis.incident_changes import Plan
from collectors.history_analysis.intended_access.check import IntendedAccessCheck
from collectors.history_analysis.late_jobs.check import LateJobCheck
from collectors.history_analysis.quality.check import QueriedChecks
from collectors.history_analysis.tables.check import TableCheck
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared import logs
from shared.config import Settings


def run(
    schema: SchemaStore,
    errors: Callable[[], ErrorStore],
    settings: Settings,
    plan: Plan,
    clock: Callable[[], datetime],
    compiled: Mapping[str, Any],
) -> None:
    """Runs every check, even after one has failed. `compiled` are the compiled rules, with job expectations and limits.

    Raises the first error at the end: TransientError if a database is unavailable.
    """
    each, expectations = (schema, errors, settings, plan), compiled.get("expectations", {})
    checks = (
        IntendedAccessCheck(*each),
        LateJobCheck(*each, expectations),
        TableCheck(*each, expectations),
        QueriedChecks(*each),
        CostCheck(*each, expectations),
        UnusualMetricCheck(*each),
        LimitCheck(*each, compiled.get("load", ())),
    )
    failed: list[Exception] = []
    for check in checks:
        try:
            check.check(clock())
        except Exception as error:  # noqa: BLE001 - raised below; the others still run
            logs.log_error("a check of the history failed", error, check=type(check).__name__)
            failed.append(error)
    if failed:
        raise failed[0]
