"""The next deadlines of jobs, as the latest check of late jobs stored them."""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from db.schema_db.models import JobDeadline
from shared.history import DeadlineState, JobDeadlineRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KNOWN_FOR = timedelta(hours=3)  # the runs are read every hour; what is older says nothing of now
_FIELDS = tuple(JobDeadlineRow.__dataclass_fields__)
_values = attrgetter(*_FIELDS)


def next_deadlines(session: Session, now: datetime, *, service: str = "", limit: int = 50) -> list[JobDeadlineRow]:
    """The deadlines that are ahead, and those of late jobs, the next one first; none where the runs are not known any more."""
    is_open = or_(JobDeadline.order_at >= now, JobDeadline.state == DeadlineState.LATE)
    query = select(JobDeadline).where(is_open, JobDeadline.known_until > now - KNOWN_FOR)
    if service:
        query = query.where(JobDeadline.service == service)
    key = JobDeadline.order_at, JobDeadline.service, JobDeadline.project, JobDeadline.job_name
    return [_row(each) for each in session.scalars(query.order_by(*key).limit(limit))]


def _row(stored: JobDeadline) -> JobDeadlineRow:
    values = dict(zip(_FIELDS, _values(stored), strict=True))
    return JobDeadlineRow(**values | {"state": DeadlineState(stored.state)})
