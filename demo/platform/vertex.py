"""A simulated Vertex AI: custom jobs and pipeline jobs, in lists page by page, and endpoints.

Formats: docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs, ….pipelineJobs and ….endpoints.
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
        self.changes: list[tuple[str, Any]] = []  # names and bodies of the requests that changed something

    def add(self, project: str, location: str, kind: str, number: str, **job: Any) -> None:
        """Adds a job of `kind` (customJobs, pipelineJobs); further fields as in the API."""
        name = f"projects/{project}/locations/{location}/{kind}/{number}"
        with self.lock:
            self._jobs.setdefault((project, location, kind), []).append({"name": name, **job})

    def find(self, name: str) -> dict[str, Any] | None:
        """The job or endpoint of that name."""
        with self.lock:
            return next((job for jobs in self._jobs.values() for job in jobs if job["name"] == name), None)

    def remove(self, name: str) -> None:
        """Deletes the job or endpoint of that name."""
        with self.lock:
            for jobs in self._jobs.values():
                jobs[:] = [job for job in jobs if job["name"] != name]

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        if request.method == "POST" and request.parts[0] == "v1":
            return self._change("/".join(request.parts[1:]), request)
        if len(request.parts) == 7:
            found = self.find("/".join(request.parts[1:]))
            return Reply(200, found) if found else google_error(404, "Not Found", "NOT_FOUND")
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

    def _change(self, path: str, request: Request) -> Reply:
        name, _, verb = path.partition(":")
        if not verb:
            return self._start(path, request)
        found = self.find(name)
        if found is None:
            return google_error(404, "Not Found", "NOT_FOUND")
        self.changes.append((path, request.body))
        if verb == "cancel":
            found["state"] = f"{'PIPELINE' if '/pipelineJobs/' in name else 'JOB'}_STATE_CANCELLED"
        if verb == "undeployModel":
            models = found["deployedModels"]
            models[:] = [each for each in models if each["id"] != request.body["deployedModelId"]]
            found["trafficSplit"] = request.body["trafficSplit"]
            return Reply(200, {})
        for model in found.get("deployedModels", ()):
            asked = request.body["deployedModel"]
            if model["id"] == asked["id"]:
                kind, field = request.body["updateMask"].split(".")
                model[kind][field] = asked[kind][field]
        return Reply(200, {})

    def _start(self, path: str, request: Request) -> Reply:
        _, project, _, location, kind = path.split("/")
        is_pipeline = kind == "pipelineJobs"
        number = request.query["pipelineJobId"] if is_pipeline else str(9_000_000 + len(self.changes))
        if self.find(f"{path}/{number}"):
            return google_error(409, "already exists", "ALREADY_EXISTS")
        self.changes.append((f"{path}/{number}", request.body))
        started = {**request.body, "createTime": "2026-11-23T12:00:00+00:00"}
        self.add(
            project,
            location,
            kind,
            number,
            **started,
            state="PIPELINE_STATE_RUNNING" if is_pipeline else "JOB_STATE_PENDING",
        )
        return Reply(200, self.find(f"{path}/{number}"))
