"""Writers of declared schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from db.schema_db.models import JobSchedule
from db.schema_db.write.facts import own_columns
from db.schema_db.write.upsert import Merge, changed, upsert
from db.tables import table_of
from shared.history import ScheduleRow, SchedulesSeenRow

DELETED = "deleted"


def _is_later(stored: Any, new: Any) -> ColumnElement[bool]:
    later: ColumnElement[bool] = new.seen_at >= stored.columns.seen_at
    return later


SCHEDULES = Merge(table_of(JobSchedule), own_columns(ScheduleRow), when=_is_later)


def write_schedules(session: Session, _snapshot_id: int, rows: Sequence[ScheduleRow]) -> int:
    """Writes schedules as last seen; returns how many are new or changed."""
    return upsert(session, SCHEDULES, rows)


def write_schedules_seen(session: Session, _snapshot_id: int, rows: Sequence[SchedulesSeenRow]) -> int:
    """Marks the schedules that a complete list does not contain as deleted; returns how many."""
    table = table_of(JobSchedule)
    return sum(
        changed(
            session,
            update(table)
            .where(table.c.service == row.service, table.c.project == row.project, table.c.location == row.location)
            .where(table.c.seen_at < row.seen_at, table.c.state != DELETED)
            .values(state=DELETED),
        )
        for row in rows
    )
