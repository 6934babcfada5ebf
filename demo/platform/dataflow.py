"""A simulated Dataflow: the aggregated list of jobs, page by page.

Format: docs.cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs/aggregated.
"""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error


class DataflowServer(JsonServer):
    """Jobs by project; `page_rows` is the maximum number of jobs in a page.

    The jobs of `failed` locations are left out, and the first page names these locations.
    """

    def __init__(self, page_rows: int = 100) -> None:
        super().__init__()
        self.page_rows = page_rows
        self.failed: list[str] = []
        self._jobs: dict[str, list[dict[str, Any]]] = {}

    def add(self, project: str, job_id: str, name: str, state: str, **job: Any) -> None:
        """Adds a job in `state` (RUNNING, DONE, FAILED…); further fields as in the API."""
        made = {"id": job_id, "projectId": project, "name": name, "currentState": f"JOB_STATE_{state}", **job}
        with self.lock:
            self._jobs.setdefault(project, []).append(made)

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        match (request.method, *request.parts):
            case ("GET", "v1b3", "projects", project, "jobs:aggregated"):
                jobs = [job for job in self._jobs.get(project, []) if job.get("location") not in self.failed]
                start = int(request.query.get("pageToken") or 0)
                end = start + self.page_rows
                more: dict[str, Any] = {"nextPageToken": str(end)} if end < len(jobs) else {}
                if self.failed and not start:
                    more["failedLocation"] = [{"name": name} for name in self.failed]
                return Reply(200, {"jobs": jobs[start:end], **more})
        return google_error(404, "Not Found", "NOT_FOUND")
