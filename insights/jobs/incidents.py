"""The incidents of jobs: which of some incidents belong to which of some jobs of the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from insights.causes.subject import subject_of
from insights.jobs.starts import Job
from shared.records import IncidentView

CONNECTIONS = "airflow"  # the project of its jobs is the name of a connection, which incidents do not have


def by_job(incidents: Iterable[IncidentView], jobs: Collection[Job]) -> dict[Job, list[IncidentView]]:
    """The incidents of each job that has one, in their order."""
    named: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        named[job[2]].append(job)
    found: defaultdict[Job, list[IncidentView]] = defaultdict(list)
    for incident in incidents:
        for name in subject_of(incident).own_jobs & named.keys():
            for job in named[name]:
                if job[0] == CONNECTIONS or incident.project in ("", job[1]):
                    found[job].append(incident)
    return dict(found)
