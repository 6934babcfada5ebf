"""Writes batches of rows of any kind; shared/history.py documents the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from db.schema_db.write.audit_settings import write_audit_settings
from db.schema_db.write.deltas import write_binding_changes
from db.schema_db.write.facts import write_actions, write_jobs, write_sizes
from db.schema_db.write.intervals import write_policies, write_scopes
from db.schema_db.write.points import write_points
from db.schema_db.write.quality import write_quality
from db.schema_db.write.schedules import write_schedules, write_schedules_seen
from db.schema_db.write.states import write_accounts, write_coverage, write_groups, write_keys, write_roles
from shared.history import (
    AuditSettingsRow,
    BindingChangeRow,
    CoverageRow,
    GroupRow,
    JobRunRow,
    KeyRow,
    MetricPoint,
    PoliciesSeenRow,
    PolicyRow,
    RoleRow,
    Row,
    ScheduleRow,
    SchedulesSeenRow,
    ServiceAccountRow,
    TableSizeRow,
    UserActionRow,
)
from shared.quality.result import QualityResultRow

Writer: TypeAlias = Callable[[Session, int, Sequence[Any]], int]

# Each writer takes the session, the id of the snapshot and the rows, and returns how many rows it changed.
WRITERS: Mapping[type, Writer] = {
    MetricPoint: write_points,
    JobRunRow: write_jobs,
    ScheduleRow: write_schedules,
    SchedulesSeenRow: write_schedules_seen,
    TableSizeRow: write_sizes,
    UserActionRow: write_actions,
    PolicyRow: write_policies,
    PoliciesSeenRow: write_scopes,
    BindingChangeRow: write_binding_changes,
    RoleRow: write_roles,
    ServiceAccountRow: write_accounts,
    KeyRow: write_keys,
    GroupRow: write_groups,
    CoverageRow: write_coverage,
    AuditSettingsRow: write_audit_settings,
    QualityResultRow: write_quality,
}


def write(session: Session, snapshot_id: int, rows: Sequence[Row]) -> int:
    """Writes rows of any kinds in the caller's transaction; returns how many database rows are new or changed."""
    by_kind: defaultdict[type, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[type(row)].append(row)
    return sum(WRITERS[kind](session, snapshot_id, of_kind) for kind, of_kind in by_kind.items())
