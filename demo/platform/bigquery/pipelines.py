"""A simulated BigQuery in which jobs of other users run, fail and are cancelled, and tables can be copied from the past.

Formats: docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs (get, list, insert, cancel), …/datasets, …/tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from demo.platform.bigquery.time_travel import Name, Tables
from demo.platform.http import JsonServer, Reply, Request, google_error

Job = dict[str, Any]
MULTIPLE = ("US", "EU")  # the locations that a request may leave out


class PipelineServer(JsonServer):
    """The jobs of one BigQuery. A job that is inserted runs until the scenario finishes it."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self._clock = clock or (lambda: datetime.now(UTC))
        self.page_rows = 500
        self.started: list[Job] = []  # by jobs.insert
        self.cancelled: list[str] = []  # by jobs.cancel, of jobs that were running
        self.cancels_at_once = True
        self.tables = Tables()
        self.time_travel_hours: dict[tuple[str, str], int] = {}  # of each dataset
        self._jobs: dict[tuple[str, str], Job] = {}

    def add_job(
        self,
        project: str,
        job: str,
        configuration: Mapping[str, Any],
        *,
        statement: str = "",
        location: str = "EU",
        statistics: Mapping[str, Any] | None = None,
        email: str = "",
    ) -> Job:
        """Adds a job that a pipeline started now."""
        with self.lock:
            added = self._new(project, job, configuration, location)
            added["statistics"].update(deepcopy(dict(statistics or {})))
            added["user_email"] = email or added["user_email"]
            if statement:
                added["statistics"]["query"] = {"statementType": statement}
            return added

    def finish(self, project: str, job: str, reason: str = "", message: str = "") -> None:
        """Ends a job, with an error if there is a reason."""
        with self.lock:
            ended = self._jobs[project, job]
            ended["statistics"]["endTime"] = self._now()
            ended["status"] = {"state": "DONE"}
            if reason:
                ended["status"]["errorResult"] = {"reason": reason, "message": message or f"Failed: {reason}"}

    def delete(self, project: str, job: str) -> None:
        """Deletes a job."""
        with self.lock:
            del self._jobs[project, job]

    def state(self, project: str, job: str) -> str:
        """The job's state."""
        with self.lock:
            return str(self._jobs[project, job]["status"]["state"])

    def answer(self, request: Request) -> Reply:  # noqa: PLR0911 - one for each route
        """Answers a request to the REST API."""
        match (request.method, *request.parts):
            case ("GET", "bigquery", "v2", "projects", project, "jobs"):
                return self._list(project, request.query)
            case ("POST", "bigquery", "v2", "projects", project, "jobs"):
                return self._insert(project, request.body)
            case ("GET", "bigquery", "v2", "projects", project, "jobs", job):
                found = self._find(project, job, request.query)
                return Reply(200, found) if found else _no_job(project, job)
            case ("POST", "bigquery", "v2", "projects", project, "jobs", job, "cancel"):
                return self._cancel(project, job, request)
            case ("GET", "bigquery", "v2", "projects", project, "datasets", dataset):
                return self._dataset(project, dataset)
            case ("GET", "bigquery", "v2", "projects", project, "datasets", dataset, "tables", table):
                return self._table((project, dataset, table))
        return google_error(404, "Not Found", "notFound")

    def _dataset(self, project: str, dataset: str) -> Reply:
        hours = self.time_travel_hours.get((project, dataset))
        if hours is None:
            return google_error(404, f"Not found: Dataset {project}:{dataset}", "notFound")
        reference = {"projectId": project, "datasetId": dataset}
        return Reply(200, {"datasetReference": reference, "location": "EU", "maxTimeTravelHours": str(hours)})

    def _table(self, name: Name) -> Reply:
        if not self.tables.exists(name):
            return google_error(404, f"Not found: Table {':'.join(name[:2])}.{name[2]}", "notFound")
        reference = dict(zip(("projectId", "datasetId", "tableId"), name, strict=True))
        return Reply(200, {"tableReference": reference, "creationTime": str(self.tables.lives[name].created)})

    def _find(self, project: str, job: str, query: Mapping[str, str]) -> Job | None:
        """The job, in the location of the request; one of US or EU without."""
        found = self._jobs.get((project, job))
        location = found["jobReference"]["location"] if found else ""
        given = query.get("location", "")
        return found if given.upper() == location.upper() or (not given and location in MULTIPLE) else None

    def _list(self, project: str, query: Mapping[str, str]) -> Reply:
        """jobs.list in its full projection, newest first."""
        since, state = int(query.get("minCreationTime", 0)), query.get("stateFilter", "").upper()
        jobs = [
            job
            for (owner, _), job in reversed(self._jobs.items())
            if owner == project
            and int(job["statistics"]["creationTime"]) >= since
            and (not state or job["status"]["state"] == state)
        ]
        start, size = int(query.get("pageToken", 0)), min(int(query.get("maxResults", 50)), self.page_rows)
        more = {"nextPageToken": str(start + size)} if start + size < len(jobs) else {}
        return Reply(200, {"kind": "bigquery#jobList", "jobs": jobs[start : start + size], **more})

    def _insert(self, project: str, body: Mapping[str, Any]) -> Reply:
        reference = body["jobReference"]
        job = reference["jobId"]
        if (project, job) in self._jobs:
            return google_error(409, f"Already Exists: Job {project}:{reference['location']}.{job}", "duplicate")
        if refused := _refused(body["configuration"]):
            return google_error(400, refused, "invalid")
        added = self._new(project, job, body["configuration"], reference["location"])
        self.started.append(added)
        if copy := body["configuration"].get("copy"):
            self.finish(project, job, *self.tables.copy(copy, int(self._now())))
        return Reply(200, added)

    def _cancel(self, project: str, job: str, request: Request) -> Reply:
        found = self._find(project, job, request.query)
        if found is None:
            return _no_job(project, job)
        if found["status"]["state"] != "DONE":
            self.cancelled.append(job)
        if found["status"]["state"] != "DONE" and self.cancels_at_once:
            self.finish(project, job, "stopped", "Job execution was cancelled: User requested cancellation")
        return Reply(200, {"kind": "bigquery#jobCancelResponse", "job": found})

    def _new(self, project: str, job: str, configuration: Mapping[str, Any], location: str) -> Job:
        kinds = [name for name in ("query", "load", "copy", "extract") if name in configuration]
        added: Job = {
            "kind": "bigquery#job",
            "id": f"{project}:{location}.{job}",
            "jobReference": {"projectId": project, "jobId": job, "location": location},
            "configuration": {**deepcopy(dict(configuration)), "jobType": kinds[0].upper()},
            "status": {"state": "RUNNING"},
            "statistics": {"creationTime": self._now(), "startTime": self._now()},
            "user_email": "pipeline@example-project.iam.gserviceaccount.com",
        }
        self._jobs[project, job] = added
        return added

    def _now(self) -> str:
        return str(int(self._clock().timestamp() * 1000))


def _refused(configuration: Mapping[str, Any]) -> str:
    """Why jobs.insert rejects a configuration; empty if it does not."""
    query = configuration.get("query", {})
    changes_rows = query.get("query", "").split(" ")[0] in ("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE")
    if changes_rows and "destinationTable" in query:
        return "Cannot set destination table in jobs with DML statements"
    if query.get("destinationTable", {}).get("datasetId", "").startswith("_"):
        return "Cannot write to an anonymous dataset"
    return ""


def _no_job(project: str, job: str) -> Reply:
    return google_error(404, f"Not found: Job {project}:{job}", "notFound")
