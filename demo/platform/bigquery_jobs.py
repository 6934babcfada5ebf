"""The jobs of a simulated BigQuery: a query is inserted, runs, and its rows are read page by page.

Formats: docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs and …/jobs/getQueryResults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.platform.http import Reply, Request, google_error
from demo.platform.information_schema import BadQueryError, InformationSchema, Result

BILLED = 10 * 1024 * 1024  # the least that a query is billed for


@dataclass
class QueryJob:
    """One job of ours, and its answer."""

    reference: dict[str, str]
    configuration: dict[str, Any]
    result: Result

    def json(self) -> dict[str, Any]:
        """The job as jobs.get has it."""
        return {
            "kind": "bigquery#job",
            "id": f"{self.reference['projectId']}:{self.reference['location']}.{self.reference['jobId']}",
            "jobReference": self.reference,
            "configuration": {**self.configuration, "jobType": "QUERY"},
            "status": {"state": "DONE"},
            "statistics": {
                "creationTime": "1763877600000",
                "startTime": "1763877600100",
                "endTime": "1763877601000",
                "totalBytesProcessed": "1048576",
                "totalSlotMs": "1234",
                "query": {
                    "statementType": "SELECT",
                    "totalBytesBilled": str(BILLED),
                    "totalBytesProcessed": "1048576",
                    "cacheHit": False,
                },
            },
        }


@dataclass
class QueryJobs:
    """All jobs; `page_rows` is the most rows of one page, `denied` the projects that refuse us."""

    schema: InformationSchema = field(default_factory=InformationSchema)
    page_rows: int = 10_000
    denied: set[str] = field(default_factory=set)
    _jobs: dict[tuple[str, str], QueryJob] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        """The part of the REST API that is about jobs."""
        match (request.method, *request.parts):
            case ("POST", "bigquery", "v2", "projects", project, "jobs"):
                return self.insert(project, request)
            case ("GET", "bigquery", "v2", "projects", project, "jobs", job):
                return self.get(project, job)
            case ("GET", "bigquery", "v2", "projects", project, "queries", job):
                return self.results(project, job, request.query)
        return google_error(404, "Not Found", "notFound")

    def insert(self, project: str, request: Request) -> Reply:
        """jobs.insert for a query job."""
        if project in self.denied:
            return google_error(403, f"Access Denied: Project {project}: bigquery.jobs.create", "accessDenied")
        body = request.body
        query = body["configuration"]["query"]
        given = body.get("jobReference", {})
        reference = {"projectId": project, "jobId": given["jobId"], "location": given.get("location", "US")}
        try:
            parameters = {item["name"]: _value(item) for item in query.get("queryParameters", [])}
            result = self.schema.run(query["query"], parameters)
        except BadQueryError as error:
            return google_error(400, str(error), "invalidQuery")
        job = QueryJob(reference, body["configuration"], result)
        self._jobs[project, given["jobId"]] = job
        return Reply(200, job.json())

    def get(self, project: str, job_id: str) -> Reply:
        """jobs.get."""
        job = self._jobs.get((project, job_id))
        return Reply(200, job.json()) if job else google_error(404, f"Not found: Job {project}:{job_id}", "notFound")

    def results(self, project: str, job_id: str, query: Mapping[str, str]) -> Reply:
        """jobs.getQueryResults: a page of rows."""
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
    """A query parameter as the client writes it."""
    text = item["parameterValue"]["value"]
    if item["parameterType"]["type"] != "TIMESTAMP":
        return text
    return datetime.fromisoformat(text.replace(" UTC", "+00:00"))
