"""The writer of the next deadlines of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlalchemy.orm import Session

from db.schema_db.models import JobDeadline
from db.schema_db.write.facts import own_columns
from db.schema_db.write.upsert import Merge, upsert
from db.tables import table_of
from shared.history import JobDeadlineRow


def _is_later(stored: Any, new: Any) -> ColumnElement[bool]:
    later: ColumnElement[bool] = new.seen_at >= stored.columns.seen_at
    return later


DEADLINES = Merge(table_of(JobDeadline), own_columns(JobDeadlineRow), when=_is_later)


def write_deadlines(session: Session, rows: Sequence[JobDeadlineRow], seen_at: datetime) -> None:
    """Replaces the deadlines with those of the check at `seen_at`, unless a later check has written its own."""
    upsert(session, DEADLINES, rows)
    session.execute(delete(JobDeadline).where(JobDeadline.seen_at < seen_at))
