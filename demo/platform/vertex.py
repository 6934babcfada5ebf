"""A simulated Vertex AI: lists of custom jobs and pipeline jobs, page by page.

Format: docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs/list.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

_SINCE = re.compile(r'create_time>="([^"]+)"')


class VertexServer(JsonServer):
    """Jobs by project and location; `page_rows` is the maximum number of jobs in a page."""

    def __init__(self, page_rows: int = 100) -> None:
        super().__init__()
        self.page_rows = page_rows
        self._jobs: dict[tuple[str, str, str], list[dict[str, Any]]] = {}

    def add(self, project: str, location: str, kind: str, number: str, **job: Any) -> None:
        """Adds a job of `kind` (customJobs, pipelineJobs); further fields as in the API."""
        name = f"projects/{project}/locations/{location}/{kind}/{number}"
        with self.lock:
            self._jobs.setdefault((project, location, kind), []).append({"name": name, **job})

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        match (request.method, *request.parts):
            case ("GET", "v1", "projects", project, "locations", location, kind) if kind in (
                "customJobs",
                "pipelineJobs",
            ):
                return self._list(self._jobs.get((project, location, kind), []), kind, request)
        return google_error(404, "Not Found", "NOT_FOUND")

    def _list(self, jobs: list[dict[str, Any]], kind: str, request: Request) -> Reply:
        since = _SINCE.search(request.query.get("filter", ""))
        if since:
            begin = datetime.fromisoformat(since[1])
            jobs = [job for job in jobs if datetime.fromisoformat(job["createTime"]) >= begin]
        size = min(int(request.query.get("pageSize", self.page_rows)), self.page_rows)
        start = int(request.query.get("pageToken") or 0)
        more = {"nextPageToken": str(start + size)} if start + size < len(jobs) else {}
        return Reply(200, {kind: jobs[start : start + size], **more})
