"""The checks that follow a history run: what the history shows and no log entry says becomes incidents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from collectors.history_analysis.baselines.check import UnusualMetricCheck
from collectors.history_analysis.incident_changes import Plan
from collectors.history_analysis.intended_access.check import IntendedAccessCheck
from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings

CHECKS = (IntendedAccessCheck, LateJobCheck, UnusualMetricCheck)


def run(
    schema: SchemaStore, errors: Callable[[], ErrorStore], settings: Settings, plan: Plan, clock: Callable[[], datetime]
) -> None:
    """Runs every check. Raises TransientError when a database is unavailable."""
    for check in CHECKS:
        check(schema, errors, settings, plan).check(clock())
