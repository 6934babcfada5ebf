"""The calls of the BigQuery API that several remediations need.

Formats: docs.cloud.google.com/bigquery/docs/reference/rest/v2 (jobs.get, jobs.list, jobs.insert, jobs.cancel, Job).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.remediations.model import Call
from handlers.remediations.reads import read, read_if_any
from shared.errors import ActionError, TargetRefusal, TargetRefusedError
from shared.texts import Text
from shared.texts.remediations import bigquery as texts

if TYPE_CHECKING:
    import requests

    from handlers.context import ActionContext
    from shared.records import IncidentView

Job = dict[str, Any]

MOST_PAGES = 20
PAGE_ROWS = 500
STOPPED = "stopped"  # the reason of a job that was cancelled

_PROJECT = r"[a-z0-9][a-z0-9.:-]{0,98}[a-z0-9]"
_JOB = re.compile(rf"projects/(?P<project>{_PROJECT})/jobs/(?P<job>[\w-]{{1,1024}})", re.ASCII)
_JOB_ID = re.compile(r"[\w-]{1,1024}", re.ASCII)
_LOCATION = re.compile(r"[A-Za-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True)
class JobName:
    """The id of a job in its project and location. Without a location, the API finds only jobs in US and EU."""

    project: str
    job: str
    location: str = ""

    @property
    def path(self) -> str:
        """The name of the job in audit logs."""
        return f"projects/{self.project}/jobs/{self.job}"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table in a dataset of a project."""

    project: str
    dataset: str
    table: str

    @property
    def path(self) -> str:
        """The name of the table in audit logs."""
        return f"projects/{self.project}/datasets/{self.dataset}/tables/{self.table}"

    @property
    def text(self) -> str:
        """The name of the table in queries."""
        return f"{self.project}.{self.dataset}.{self.table}"

    @property
    def reference(self) -> dict[str, str]:
        """The name of the table in the API."""
        return {"projectId": self.project, "datasetId": self.dataset, "tableId": self.table}


class BigQueryApi:
    """Jobs, datasets and tables over the BigQuery API."""

    def __init__(self, context: ActionContext) -> None:
        self.session: requests.Session = context.clients.http()
        self._base = f"{context.clients.bigquery_url}/bigquery/v2"

    def job(self, name: JobName) -> Job:
        """jobs.get. Raises ActionError, with status 404 if there is no such job."""
        return read(self.session, self._url(name), texts.READ_JOB(job=name.job), **_location(name))

    def job_if_any(self, name: JobName) -> Job | None:
        """The job; None if it does not exist."""
        return read_if_any(self.session, self._url(name), texts.READ_JOB(job=name.job), **_location(name))

    def jobs(self, project: str, *, since: datetime | None = None, state: str = "") -> Iterator[Job]:
        """The jobs of all users in all locations, newest first, in the full projection, without child jobs of scripts.

        `since` is the earliest creation, `state` one of pending, running, done. Raises TargetRefusedError when the list has
        more than MOST_PAGES pages, and ActionError when a location does not respond, because the list would be incomplete.
        """
        query: dict[str, Any] = {"allUsers": "true", "projection": "full", "maxResults": PAGE_ROWS}
        query |= {"minCreationTime": str(milliseconds(since))} if since else {}
        query |= {"stateFilter": state} if state else {}
        for _ in range(MOST_PAGES):
            page = read(self.session, self._jobs(project), texts.LIST_JOBS(project=project), **query)
            if unreachable := page.get("unreachable"):
                raise ActionError(texts.UNREACHABLE(locations=", ".join(map(str, unreachable))), permanent=False)
            yield from page.get("jobs", ())
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]
        count = MOST_PAGES * PAGE_ROWS
        raise TargetRefusedError(texts.TOO_MANY_JOBS(project=project, count=count), TargetRefusal.LIMIT_REACHED)

    def insert(self, name: JobName, configuration: Mapping[str, Any], does: Text, shows: Mapping[str, Any]) -> Call:
        """The call that starts a job. A second job with the same id is a conflict, so no job is started twice."""
        reference = {"projectId": name.project, "jobId": name.job, "location": name.location}
        body = {"jobReference": reference, "configuration": dict(configuration)}
        return Call(does, "POST", self._jobs(name.project), body, shows={"jobId": name.job, **shows})

    def cancel(self, name: JobName) -> Call:
        """The call that cancels a job; it succeeds without effect if the job is done."""
        does = texts.CANCEL_JOB(job=name.job)
        return Call(does, "POST", f"{self._url(name)}/cancel", query=_location(name), shows={"jobId": name.job})

    def dataset(self, project: str, dataset: str) -> dict[str, Any]:
        """datasets.get. Raises ActionError, with status 404 if there is no such dataset."""
        url = f"{self._base}/projects/{quote(project, safe='')}/datasets/{quote(dataset, safe='')}"
        return read(self.session, url, texts.READ_DATASET(dataset=f"{project}.{dataset}"))

    def has_table(self, table: TableName) -> bool:
        """Whether tables.get finds the table."""
        url = f"{self._base}/" + "/".join(quote(part, safe="") for part in table.path.split("/"))
        return read_if_any(self.session, url, texts.READ_TABLE(table=table.text)) is not None

    def _jobs(self, project: str) -> str:
        return f"{self._base}/projects/{quote(project, safe='')}/jobs"

    def _url(self, name: JobName) -> str:
        return f"{self._jobs(name.project)}/{quote(name.job, safe='')}"


def job_of(incident: IncidentView) -> JobName:
    """The job of the incident, in its own project. Raises TargetRefusedError if the incident has none."""
    found = _JOB.fullmatch(incident.resource)
    labels = {} if incident.is_report else incident.labels
    job = labels.get("job", "") or (found["job"] if found else "")
    project = found["project"] if found else incident.project
    location = labels.get("location", "")
    valid = _JOB_ID.fullmatch(job) and re.fullmatch(_PROJECT, project) and _LOCATION.fullmatch(location)
    if incident.service != "bigquery" or not valid or project != incident.project:
        raise TargetRefusedError(texts.NO_JOB(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return JobName(project, job, location)


def project_of(incident: IncidentView) -> str:
    """The project of the incident, as part of a URL.

    Raises TargetRefusedError for a missing project or another service.
    """
    if incident.service != "bigquery" or not re.fullmatch(_PROJECT, incident.project):
        raise TargetRefusedError(texts.NO_JOB(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return incident.project


def name_of(job: Job) -> JobName:
    """The name of a job in a response of the API."""
    reference = job["jobReference"]
    return JobName(reference["projectId"], reference["jobId"], reference.get("location", ""))


def state_of(job: Job) -> str:
    """The state of a job: PENDING, RUNNING or DONE."""
    return str(job.get("status", {}).get("state") or job.get("state", ""))


def error_of(job: Job) -> Mapping[str, Any] | None:
    """The error that ended the job, with `reason` and `message`; None if it succeeded or is not done."""
    error: Mapping[str, Any] | None = job.get("status", {}).get("errorResult")
    return error


def time_of(job: Job, name: str) -> datetime | None:
    """A time in the statistics of a job: creationTime, startTime or endTime, which are in milliseconds."""
    value = job.get("statistics", {}).get(name)
    return datetime.fromtimestamp(int(value) / 1000, UTC) if value else None


def milliseconds(time: datetime) -> int:
    """The time in epoch milliseconds, as the API writes it."""
    return int(time.timestamp() * 1000)


def _location(name: JobName) -> dict[str, str]:
    return {"location": name.location} if name.location else {}
