"""A simulated Dataflow: jobs, their lists page by page, and the launch of templates.

Formats: docs.cloud.google.com/dataflow/docs/reference/rest/v1b3 (projects.jobs/aggregated, projects.locations.jobs, …flexTemplates, …templates).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

ACTIVE = ("JOB_STATE_PENDING", "JOB_STATE_QUEUED", "JOB_STATE_RUNNING", "JOB_STATE_DRAINING", "JOB_STATE_CANCELLING")


class DataflowServer(JsonServer):
    """Jobs by project; `page_rows` is the maximum number of jobs in a page.

    The jobs of `failed` locations are left out, and the first page names these locations.
    """

    def __init__(self, page_rows: int = 100) -> None:
        super().__init__()
        self.page_rows = page_rows
        self.failed: list[str] = []
        self.launched: list[dict[str, Any]] = []
        self.launched_type = "JOB_TYPE_BATCH"
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
                return self._page(
                    [job for job in self.jobs(project) if job.get("location") not in self.failed], request
                )
            case ("GET", "v1b3", "projects", project, "locations", location, "jobs"):
                listed = [job for job in self.jobs(project) if job.get("location") == location]
                return self._page(listed[::-1], request)
            case ("GET", "v1b3", "projects", project, "locations", location, "jobs", number):
                found = [job for job in self.jobs(project) if (job["id"], job.get("location")) == (number, location)]
                return Reply(200, found[0]) if found else google_error(404, "Job not found", "NOT_FOUND")
            case ("POST", "v1b3", "projects", project, "locations", location, "flexTemplates:launch"):
                return self._launch(project, location, request.body["launchParameter"])
            case ("POST", "v1b3", "projects", project, "locations", location, "templates:launch"):
                return self._launch(project, location, {**request.body, **request.query})
        return google_error(404, "Not Found", "NOT_FOUND")

    def jobs(self, project: str) -> list[dict[str, Any]]:
        """The jobs of a project, in the order of their creation."""
        return self._jobs.get(project, [])

    def _page(self, jobs: list[dict[str, Any]], request: Request) -> Reply:
        start = int(request.query.get("pageToken") or 0)
        end = start + self.page_rows
        more: dict[str, Any] = {"nextPageToken": str(end)} if end < len(jobs) else {}
        if self.failed and not start:
            more["failedLocation"] = [{"name": name} for name in self.failed]
        return Reply(200, {"jobs": jobs[start:end], **more})

    def _launch(self, project: str, location: str, given: dict[str, Any]) -> Reply:
        """Starts a job; its name must be free among the active ones."""
        active = [job["name"] for job in self.jobs(project) if job["currentState"] in ACTIVE]
        if given["jobName"] in active:
            return google_error(409, "There is already an active job of this name", "ALREADY_EXISTS")
        times = dict.fromkeys(("createTime", "currentStateTime"), datetime.now(UTC).isoformat())
        number = f"2026-11-23_00_00_00-{len(self.jobs(project)) + 1}"
        self.add(project, number, given["jobName"], "PENDING", location=location, type=self.launched_type, **times)
        self.launched.append(given)
        return Reply(200, {"job": self.jobs(project)[-1]})
