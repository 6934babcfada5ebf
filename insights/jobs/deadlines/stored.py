"""The next deadlines of jobs, as the latest check of late jobs stored them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Float, Integer, String, or_, select

from db.tables import light_table
from db.types import UtcDateTime
from shared.history import DeadlineState, JobDeadlineRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KNOWN_FOR = timedelta(hours=3)  # the runs are read every hour; what is older says nothing of now
_TIME = UtcDateTime()
_DEADLINES = light_table(
    "job_deadlines", service=String, project=String, job_name=String, order_at=_TIME, state=String, known_until=_TIME, seen_at=_TIME,
    is_running=Boolean, is_declared=Boolean, due_at=_TIME, usual_end=_TIME, deadline_at=_TIME, expected_end=_TIME, chance=Float,
    runs=Integer,
)  # fmt: skip


def next_deadlines(session: Session, now: datetime, *, service: str = "", limit: int = 50) -> list[JobDeadlineRow]:
    """The upcoming deadlines and those of late jobs, the next one first; none for jobs whose runs are no longer known."""
    stored = _DEADLINES.c
    is_open = or_(stored.order_at >= now, stored.state == DeadlineState.LATE)
    query = select(_DEADLINES).where(is_open, stored.known_until > now - KNOWN_FOR)
    if service:
        query = query.where(stored.service == service)
    rows = session.execute(
        query.order_by(stored.order_at, stored.service, stored.project, stored.job_name).limit(limit)
    )
    return [JobDeadlineRow(**row | {"state": DeadlineState(row["state"])}) for row in map(dict, rows.mappings())]
