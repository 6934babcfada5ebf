"""The subject of an incident for the search of causes: its time, its location, and its names in the history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from insights.jobs.trends import FailingJob
from shared.identity.airflow_jobs import QUERIES_OF
from shared.identity.regional_jobs import REGIONAL, VERTEX_KINDS, regional_name
from shared.lazy.dataclass import dataclass
from shared.model import IncidentKind
from shared.records import IncidentView

_WORD = re.compile(r"[^\s/.:@\[\]]+")
# Words of resource names that do not identify a location.
_COMMON = frozenset((
    "projects", "datasets", "tables", "buckets", "objects", "instances", "zones", "regions", "locations", "topics",
    "subscriptions", "jobs", "services", "functions", "environments", "storage", "googleapis", "com", "bigquery",
    "compute", "cloudresourcemanager", "airflow", "merge", "select", "insert", "b", "_", "the", "of",
    "serviceaccount", "user", "group", "gserviceaccount", "iam",
))  # fmt: skip
# Parts that many resources share: the project, the place, and the domain of an address.
_SHARED = re.compile(r"(?:^|(?<=/))(?:projects|folders|organizations|locations|regions|zones)/[^/\s]+|@[\w.-]+")
_PLACE = re.compile(r"[a-z]+-[a-z]+\d{1,2}(?:-[a-z])?")
_TABLE = re.compile(r"datasets/([^/]+)/tables/([^/]+)$")
# A failed job so shortly before the incident is the incident itself, if it is the same job.
_OWN_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class IncidentSubject:
    """The time and location of a fault."""

    time: datetime
    kind: IncidentKind
    service: str
    project: str
    resource: str
    principal: str
    words: frozenset[str]
    own_jobs: frozenset[str]


def subject_of(incident: IncidentView) -> IncidentSubject:
    """Determines the subject of an incident."""
    labels = [value for name, value in incident.labels.items() if name != "location"]  # every job of a region has it
    words = identifying_words(incident.resource, *labels) - identifying_words(incident.project)
    return IncidentSubject(
        incident.opened_at,
        incident.kind,
        incident.service,
        incident.project,
        incident.resource,
        incident.principal,
        words,
        own_jobs(incident),
    )


def own_jobs(incident: IncidentView) -> frozenset[str]:
    """The names of the failed job in the history of jobs: its name, and the id of its run."""
    return frozenset(_own_jobs(incident))


def _own_jobs(incident: IncidentView) -> Iterator[str]:
    """The names of the failed job in the history of jobs.

    A query's own labels are more specific than those of its Airflow task, so the query does not count as the task's
    job.
    """
    label = incident.labels.get
    dag, task = label("dag") or label("dag_id"), label("task") or label("task_id")
    labelled = [label("job"), label("run"), label("pipeline"), dag, *_bigquery_names(incident)]
    yield from (name for name in (*labelled, incident.resource, incident.resource.rpartition("/")[2]) if name)
    yield from _in_region(incident)
    if dag and task:
        yield f"{dag}.{task}"
        if incident.service == "bigquery":
            environment = label("airflow_environment")
            yield f"{QUERIES_OF}{environment}/{dag}.{task}" if environment else f"{QUERIES_OF}{dag}.{task}"


def _in_region(incident: IncidentView) -> Iterator[str]:
    """The names of a job that are unique only in its location."""
    label, location = incident.labels.get, incident.labels.get("location", "")
    if incident.service not in REGIONAL or not location:
        return
    for name in filter(
        None, (label("job"), label("pipeline"), incident.resource, incident.resource.rpartition("/")[2])
    ):
        for kind in VERTEX_KINDS if incident.service == "vertex_ai" else ("",):
            yield regional_name(incident.service, location, f"{kind}{name}")


def _bigquery_names(incident: IncidentView) -> Iterator[str]:
    """The names of a BigQuery job in its history: by its transfer, or by its statement and destination."""
    label = incident.labels.get
    if config := label("transfer_config"):
        yield f"scheduled_query:{config.rpartition('/')[2]}"
    match = _TABLE.search(label("target") or "")
    if match is not None:
        yield f"{label('statement') or 'LOAD'} {match[1]}.{match[2]}"


def is_own(subject: IncidentSubject, failed: FailingJob, failed_at: datetime) -> bool:
    """Whether the failure belongs to the incident itself."""
    if subject.kind is not IncidentKind.JOB_FAILURE or subject.time - failed_at > _OWN_TIME:
        return False
    return bool(subject.own_jobs & {failed.job_name, failed.run_id, failed.run_id.rpartition("/")[2]})


def identifying_words(*names: str) -> frozenset[str]:
    """The words of a name that identify a resource, such as a table, a bucket, a DAG or a person."""
    words = (word for name in names for word in _WORD.findall(_SHARED.sub(" ", name.lower())))
    return frozenset(word for word in words if word not in _COMMON and len(word) > 2 and not _PLACE.fullmatch(word))
