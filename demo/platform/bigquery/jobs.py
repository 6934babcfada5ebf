"""The jobs of a simulated BigQuery: a query is inserted, runs, and its rows are read page by page.

Formats: docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs, …/jobs/query and …/jobs/getQueryResults. A load job
arrives as a resumable upload: docs.cloud.google.com/bigquery/docs/reference/api-uploads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from demo.platform.bigquery.information_schema import BadQueryError, InformationSchema, QueryResult
from demo.platform.http import Reply, Request, google_error

NEVER = 2**62
BILLED = 10 * 1024 * 1024  # the minimum that a query bills


class Warehouse(Protocol):
    """The interface to the tables behind the queries; both methods raise BadQueryError."""

    def run(self, sql: str, parameters: Mapping[str, Any], dataset: str) -> QueryResult:
        """Runs statements; `parameters` are as in the REST API, `dataset` is the default dataset."""

    def load(self, load: Mapping[str, Any], data: bytes) -> int:
        """Runs a load job; returns the number of loaded rows."""


@dataclass
class QueryJob:
    """One job and its result."""

    reference: dict[str, str]
    configuration: dict[str, Any]
    result: QueryResult

    def json(self) -> dict[str, Any]:
        """The job as in jobs.get."""
        kind = "load" if "load" in self.configuration else "query"
        changed = {} if self.result.changed is None else {"numDmlAffectedRows": str(self.result.changed)}
        return {
            "kind": "bigquery#job",
            "id": f"{self.reference['projectId']}:{self.reference['location']}.{self.reference['jobId']}",
            "jobReference": self.reference,
            "configuration": {**self.configuration, "jobType": kind.upper()},
            "status": {"state": "DONE"},
            "statistics": {
                "creationTime": "1763877600000",
                "startTime": "1763877600100",
                "endTime": "1763877601000",
                "totalBytesProcessed": "1048576",
                "totalSlotMs": "1234",
                kind: {
                    "statementType": "SELECT",
                    "totalBytesBilled": str(BILLED),
                    "totalBytesProcessed": "1048576",
                    "cacheHit": False,
                    **changed,
                }
                if kind == "query"
                else {"outputRows": str(self.result.changed)},
            },
        }


@dataclass
class QueryJobs:
    """All jobs; `page_rows` is the maximum number of rows in a page, `denied` the projects without permission.

    The next `busy` queries are answered with a request to retry.
    """

    schema: InformationSchema = field(default_factory=InformationSchema)
    page_rows: int = 10_000
    denied: set[str] = field(default_factory=set)
    warehouse: Warehouse | None = None
    busy: int = 0
    _uploads: dict[str, Any] = field(default_factory=dict)
    _jobs: dict[tuple[str, str], QueryJob] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:  # noqa: PLR0911 - one for each route
        """Answers requests of the REST API about jobs."""
        match (request.method, *request.parts):
            case ("GET", "bigquery", "v2", "projects", project, "jobs"):
                return self.listed(project, request.query)
            case ("POST", "bigquery", "v2", "projects", project, "jobs"):
                return self.insert(project, request)
            case ("POST", "bigquery", "v2", "projects", project, "queries"):
                return self.query(project, request)
            case ("POST", "upload", "bigquery", "v2", "projects", _, "jobs"):
                return self.begin_upload(request)
            case ("PUT", "upload", "bigquery", "v2", "projects", project, "jobs"):
                return self.load(project, request)
            case ("GET", "bigquery", "v2", "projects", project, "jobs", job):
                return self.get(project, job)
            case ("GET", "bigquery", "v2", "projects", project, "queries", job):
                return self.results(project, job, request.query)
        return google_error(404, "Not Found", "notFound")

    def insert(self, project: str, request: Request) -> Reply:
        """Answers jobs.insert for a query job."""
        if project in self.denied:
            return google_error(403, f"Access Denied: Project {project}: bigquery.jobs.create", "accessDenied")
        if self.busy:
            self.busy -= 1
            return google_error(503, "Visibility check was unavailable. Please retry the request", "backendError")
        body = request.body
        query = body["configuration"]["query"]
        given = body.get("jobReference", {})
        reference = {"projectId": project, "jobId": given["jobId"], "location": given.get("location", "US")}
        try:
            result = self._run(query)
        except BadQueryError as error:
            return google_error(400, str(error), "invalidQuery")
        job = QueryJob(reference, body["configuration"], result)
        self._jobs[project, given["jobId"]] = job
        return Reply(200, job.json())

    def query(self, project: str, request: Request) -> Reply:
        """Answers jobs.query: the job and the first page of its rows in one call."""
        job_id = uuid4().hex
        configuration = {"configuration": {"query": request.body}, "jobReference": {"jobId": job_id}}
        inserted = self.insert(project, replace(request, body=configuration))
        return self.results(project, job_id, request.query) if inserted.status == 200 else inserted

    def begin_upload(self, request: Request) -> Reply:
        """Answers with the URL for the bytes of a load job."""
        upload = uuid4().hex
        self._uploads[upload] = json.loads(request.body)
        path = "/".join(request.parts)
        return Reply(200, headers={"Location": f"http://{request.headers['host']}/{path}?upload_id={upload}"})

    def load(self, project: str, request: Request) -> Reply:
        """Receives the bytes, all in one piece."""
        body = self._uploads[request.query["upload_id"]]
        load, given = body["configuration"]["load"], body["jobReference"]
        if self.warehouse is None:
            return google_error(400, "This BigQuery has no tables", "invalid")
        try:
            rows = self.warehouse.load(load, request.body)
        except BadQueryError as error:
            return google_error(400, str(error), "invalid")
        reference = {"projectId": project, "jobId": given["jobId"], "location": given.get("location", "US")}
        job = QueryJob(reference, body["configuration"], QueryResult([], [], rows))
        self._jobs[project, given["jobId"]] = job
        return Reply(200, job.json())

    def _run(self, query: Mapping[str, Any]) -> QueryResult:
        sql, parameters = query["query"], query.get("queryParameters", [])
        if self.warehouse is None or "INFORMATION_SCHEMA." in sql:
            return self.schema.run(sql, {item["name"]: _value(item) for item in parameters})
        most = query.get("maximumBytesBilled")
        if most is not None and int(most) < BILLED:
            raise BadQueryError(f"Query exceeded limit for bytes billed: {most}. {BILLED} or higher required.")
        dataset = query.get("defaultDataset", {}).get("datasetId", "")
        return self.warehouse.run(sql, {item["name"]: item for item in parameters}, dataset)

    def listed(self, project: str, query: Mapping[str, str]) -> Reply:
        """Answers jobs.list in its minimal form: the jobs of all locations, newest first, without jobs of scripts."""
        if project in self.denied:
            return google_error(403, f"Access Denied: Project {project}: bigquery.jobs.list", "accessDenied")
        since, until = (
            int(query.get(name, usual)) for name, usual in (("minCreationTime", 0), ("maxCreationTime", NEVER))
        )
        jobs = [job for job in self.schema.jobs(project) if since <= int(job["statistics"]["creationTime"]) <= until]
        if state := query.get("stateFilter", "").upper():
            jobs = [job for job in jobs if job["status"]["state"] == state]
        start, size = int(query.get("pageToken") or 0), min(int(query.get("maxResults") or 50), self.page_rows)
        more = {"nextPageToken": str(start + size)} if start + size < len(jobs) else {}
        return Reply(200, {"kind": "bigquery#jobList", "jobs": jobs[start : start + size], **more})

    def get(self, project: str, job_id: str) -> Reply:
        """Answers jobs.get."""
        job = self._jobs.get((project, job_id))
        return Reply(200, job.json()) if job else google_error(404, f"Not found: Job {project}:{job_id}", "notFound")

    def results(self, project: str, job_id: str, query: Mapping[str, str]) -> Reply:
        """Answers jobs.getQueryResults: a page of rows."""
        job = self._jobs.get((project, job_id))
        if job is None:
            return google_error(404, f"Not found: Job {project}:{job_id}", "notFound")
        size = min(int(query.get("maxResults", self.page_rows)), self.page_rows)
        start = int(query.get("pageToken") or 0)
        rows = job.result.rows[start : start + size]
        answer: dict[str, Any] = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": job.reference,
            "jobComplete": True,
            "totalRows": str(len(job.result.rows)),
            "schema": {"fields": job.result.fields},
            "totalBytesProcessed": "1048576",
            "cacheHit": False,
        }
        if rows:
            answer["rows"] = rows
        if size and start + size < len(job.result.rows):
            answer["pageToken"] = str(start + size)
        return Reply(200, answer)


def _value(item: Mapping[str, Any]) -> Any:
    """A query parameter in the form of the client."""
    text = item["parameterValue"]["value"]
    if item["parameterType"]["type"] != "TIMESTAMP":
        return text
    return datetime.fromisoformat(text.replace(" UTC", "+00:00"))
