"""Unresolved incidents of jobs, and the jobs that incidents belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy.orm import Session

from db.error_db import queries
from insights.causes.subject import own_jobs
from insights.jobs.starts import Job
from shared.model import IncidentKind, Status
from shared.records import IncidentView

CONNECTIONS = "airflow"  # the project of its jobs is the name of a connection, which incidents do not have

MOST = 500


def unresolved(session: Session) -> list[IncidentView]:
    """The unresolved incidents of failed jobs in the Error DB, at most MOST."""
    conditions = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED), kind=IncidentKind.JOB_FAILURE)
    return queries.incidents(session, conditions, limit=MOST)


def by_job(incidents: Iterable[IncidentView], jobs: Collection[Job]) -> dict[Job, list[IncidentView]]:
    """The incidents of each job, in their order."""
    named: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        named[job[2]].append(job)
    found: defaultdict[Job, list[IncidentView]] = defaultdict(list)
    for incident in incidents:
        for name in own_jobs(incident) & named.keys():
            for job in named[name]:
                if job[0] == CONNECTIONS or incident.project in ("", job[1]):
                    found[job].append(incident)
    return dict(found)
