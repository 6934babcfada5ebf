"""How often the jobs of incidents run: as declared by their scheduler, and as shown by the history of jobs.

Airflow declares the interval with each run, Cloud Scheduler and the Data Transfer Service with the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from db.intervals import LONGEST, longest_usual_interval
from db.schema_db.models import JobRun, JobSchedule
from db.types import UtcDateTime
from insights.causes.subject import subject_of
from insights.jobs.starts import Job
from shared.history import INTERVAL_LABEL
from shared.model import IncidentKind
from shared.records import IncidentView

# long enough for three runs of a monthly job
PAST = 3 * LONGEST
TRANSFERS = "bigquery"  # service of the schedules of the Data Transfer Service
_MOST_RUNS = 200
_LATEST = 3  # runs of a job whose declared interval is read
_STARTS = """
SELECT service, project, job_name, start_at FROM v_job_runs
WHERE job_name IN :names AND start_at >= :since AND start_at < :until ORDER BY start_at DESC LIMIT :limit
"""


def usual_intervals(session: Session, incidents: Iterable[IncidentView], now: datetime) -> dict[int, timedelta]:
    """The usual interval of the job of each incident, by incident id; without jobs that are not in the history."""
    of_jobs = (incident for incident in incidents if incident.kind == IncidentKind.JOB_FAILURE)
    intervals = {incident.id: _interval(session, incident, now) for incident in of_jobs}
    return {number: interval for number, interval in intervals.items() if interval is not None}


def _interval(session: Session, incident: IncidentView, now: datetime) -> timedelta | None:
    """The longest interval of the jobs of an incident: any task of a DAG may be the one that failed."""
    names = subject_of(incident).own_jobs
    if not names:
        return None
    found = [*_of_runs(session, names, now), *_of_schedules(session, incident, names)]
    return max(found, default=None)


def _of_runs(session: Session, names: frozenset[str], now: datetime) -> list[timedelta]:
    """The intervals of the runs of the jobs with these names.

    Jobs of one name in two projects, or in two Airflow environments, are two jobs.
    """
    times = (bindparam(name, type_=UtcDateTime()) for name in ("since", "until"))
    query = text(_STARTS).bindparams(bindparam("names", expanding=True), *times).columns(start_at=UtcDateTime())
    values = {"names": sorted(names), "since": now - PAST, "until": now, "limit": _MOST_RUNS}
    starts: dict[Job, list[datetime]] = {}
    for service, project, name, start in session.execute(query, values):
        starts.setdefault((service, project, name), []).append(start)
    observed = map(longest_usual_interval, starts.values())
    declared = (interval for job in starts for interval in _declared(session, job, now))
    return [interval for interval in (*observed, *declared) if interval]


def _of_schedules(session: Session, incident: IncidentView, names: frozenset[str]) -> Iterator[timedelta]:
    """The intervals that the schedules of these jobs declare, also those of a job that is paused or deleted now.

    The id of a scheduled query is unique, the name of a Cloud Scheduler job only in its project and location.
    """
    location = incident.labels.get("location", "")
    of_job = JobSchedule.service == incident.service, JobSchedule.job_name.in_(sorted(names))
    for schedule in session.scalars(select(JobSchedule).where(*of_job, JobSchedule.interval_seconds.is_not(None))):
        is_place = (schedule.project, schedule.location) == (incident.project, location or schedule.location)
        if is_place or schedule.service == TRANSFERS:
            yield timedelta(seconds=schedule.interval_seconds or 0)


def _declared(session: Session, job: Job, now: datetime) -> Iterator[timedelta]:
    """The intervals that the scheduler declares with the latest runs of a job."""
    service, project, name = job
    of_job = JobRun.service == service, JobRun.project == project, JobRun.job_name == name, JobRun.start_at < now
    latest = select(JobRun.labels).where(*of_job).order_by(JobRun.start_at.desc())
    for labels in session.scalars(latest.limit(_LATEST)):
        seconds = (labels or {}).get(INTERVAL_LABEL)
        if seconds is not None:
            yield timedelta(seconds=int(seconds))
