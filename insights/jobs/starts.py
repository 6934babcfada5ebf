"""The starts of runs from which the habits of jobs are learned, and the time up to which they are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import JobRun, Snapshot
from db.schema_db.snapshots import DONE
from insights.jobs.cadence import MONTH

Job = tuple[str, str, str]  # service, project or connection, name
# The collector that reads the runs of each service.
COLLECTORS: Mapping[str, str] = {
    "bigquery": "bigquery.jobs",
    "airflow": "composer.runs",
    "vertex_ai": "vertex_ai.jobs",
    "dataflow": "dataflow.jobs",
    "scheduler": "scheduler.runs",
}
MONTHS = 6 * LONGEST
MOST_MONTHLY = 12  # runs of a monthly job in MONTHS
_Starts = Select[str, str, str, datetime | None]
KEY = (JobRun.service, JobRun.project, JobRun.job_name)


def run_name(service: str, location: str, name: str) -> str:
    """The name of a job in the history of runs: that of a Cloud Scheduler job is unique only in its location."""
    return f"{location}/{name}" if service == "scheduler" and location else name


def read_until(session: Session) -> dict[tuple[str, str], datetime]:
    """The time up to which the runs of each service and project are known."""
    names = {collector: service for service, collector in COLLECTORS.items()}
    query = select(Snapshot.collector, Snapshot.scope, func.max(Snapshot.window_end)).where(
        Snapshot.collector.in_(names), Snapshot.state == DONE
    )
    rows = session.execute(query.group_by(Snapshot.collector, Snapshot.scope))
    return {(names[collector], scope.partition("/")[2]): until for collector, scope, until in rows if until}


def starts_of_jobs(
    session: Session, now: datetime, past: timedelta = LONGEST, service: str = ""
) -> dict[Job, list[datetime]]:
    """The starts of the runs of `past`, at most one an hour, earliest first; of monthly jobs also those of half a year.

    Only of jobs that run by themselves: no parts of other runs, and no queries of accounts, which have no name of their own.
    """
    found: defaultdict[Job, list[datetime]] = defaultdict(list)
    for statement in (_hourly(session, now - past, now, service), _seldom(now, now - past, service)):
        for of_service, project, name, start in session.execute(statement):
            if start:
                found[(of_service, project, name)].append(start)
    return {job: sorted(times) for job, times in found.items()}


def _hourly(session: Session, since: datetime, until: datetime, service: str) -> _Starts:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    hour = func.date_trunc("hour", JobRun.start_at) if is_postgresql else func.substr(JobRun.start_at, 1, 13)
    query = select(*KEY, func.max(JobRun.start_at)).where(*alone(since, until, service)).group_by(*KEY, hour)
    return query.order_by(func.max(JobRun.start_at))


def _seldom(now: datetime, until: datetime, service: str) -> _Starts:
    """The earlier starts of jobs with at most two runs a month; latest first."""
    earlier = alone(now - MONTHS, until, service)
    monthly = select(*KEY).where(*alone(now - MONTHS, now, service)).group_by(*KEY)
    monthly = monthly.having(func.count() <= MOST_MONTHLY, func.min(JobRun.start_at) < now - 2 * MONTH)
    of_them = monthly.subquery()
    same = [one == other for one, other in zip(KEY, of_them.columns, strict=True)]
    query = select(*KEY, JobRun.start_at).join(of_them, same[0] & same[1] & same[2])
    return query.where(*earlier).order_by(JobRun.start_at.desc())


def alone(since: datetime, until: datetime, service: str = "") -> tuple[Any, ...]:
    """Runs that started then and belong to no other run; queries of accounts have no name of their own."""
    return (
        JobRun.service.in_([service] if service else COLLECTORS), JobRun.parent == "", JobRun.start_at >= since, JobRun.start_at < until,
        ~((JobRun.service == "bigquery") & JobRun.job_name.contains("@")),
    )  # fmt: skip
