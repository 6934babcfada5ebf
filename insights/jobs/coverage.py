"""The recorded history for a question about jobs. Without history, "no job failed" would mean nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from db.types import UtcDateTime
from shared.lazy.dataclass import dataclass

# Apart, because SQLite reads the first and the last entry of an index only for one of them.
_TIMES = """SELECT (SELECT min(start_at) FROM v_job_runs WHERE start_at < :until /*service*/) AS first,
    (SELECT max(start_at) FROM v_job_runs WHERE start_at < :until /*service*/) AS last"""
_JOBS = """SELECT count(*) FROM (
    SELECT DISTINCT service, project, job_name FROM v_job_runs
    WHERE start_at >= :since AND start_at < :until /*service*/) AS jobs"""


@dataclass(frozen=True, slots=True)
class JobCoverage:
    """The first and the latest start of a recorded run, and the number of jobs in the requested period."""

    first: datetime | None
    last: datetime | None
    jobs: int


def coverage(session: Session, since: datetime, until: datetime, service: str = "") -> JobCoverage:
    """The recorded history of the jobs of a service, or of all services if it is empty."""
    times = text(_of(_TIMES, service)).bindparams(bindparam("until", type_=UtcDateTime()))
    jobs = text(_of(_JOBS, service)).bindparams(
        bindparam("since", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
    )
    values: dict[str, Any] = {"until": until, **({"service": service} if service else {})}
    row = session.execute(times.columns(first=UtcDateTime(), last=UtcDateTime()), values).one()
    return JobCoverage(row.first, row.last, int(session.scalar(jobs, {**values, "since": since}) or 0))


def recorded_services(session: Session) -> list[str]:
    """The services with a recorded run of a job."""
    return list(session.scalars(text("SELECT DISTINCT service FROM v_job_runs")))


def _of(statement: str, service: str) -> str:
    return statement.replace("/*service*/", "AND service = :service" if service else "")
