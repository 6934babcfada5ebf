"""The Cloud Scheduler API on loopback: jobs with the time and status of their last attempt, which can be run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

FAILURE = {"code": 13, "message": "Original HTTP response code number = 500"}


class SchedulerServer(JsonServer):
    """Start it, add jobs, and point clients at `url`. With `failing`, each attempt fails.

    `page_rows` is the maximum number of jobs in a page of a list.
    """

    def __init__(self, clock: Callable[[], datetime] | None = None, page_rows: int = 500) -> None:
        super().__init__()
        self.page_rows = page_rows
        self.jobs: dict[str, dict[str, Any]] = {}
        self.runs: list[str] = []
        self.failing = False
        self._clock = clock or (lambda: datetime.now(UTC))

    def add(self, name: str, last_attempt: datetime, **fields: Any) -> None:
        """Adds a job whose last attempt failed."""
        attempt = {"lastAttemptTime": last_attempt.isoformat(), "status": FAILURE}
        self.jobs[name] = {"name": name, "state": "ENABLED", "attemptDeadline": "180s", **attempt, **fields}

    def attempt(self, name: str) -> None:
        """Makes an attempt of a job, which the schedule does as well."""
        with self.lock:
            job = self.jobs[name]
            job["lastAttemptTime"] = self._clock().isoformat()
            job["status"] = FAILURE if self.failing else {}

    def answer(self, request: Request) -> Reply:
        """Answers the lists of locations and jobs, get and run."""
        name, _, verb = "/".join(request.parts[1:]).partition(":")
        match (request.method, *request.parts):
            case ("GET", "v1", "projects", project, "locations"):
                return self._locations(f"projects/{project}/locations/")
            case ("GET", "v1", "projects", _, "locations", _, "jobs"):
                return self._list(f"{name}/", request)
        if name not in self.jobs:
            return google_error(404, "Job not found", "NOT_FOUND")
        if verb == "run":
            self.runs.append(name)
            self.attempt(name)
        return Reply(200, self.jobs[name])

    def _locations(self, prefix: str) -> Reply:
        """The locations that have jobs of the project."""
        found = sorted({name.removeprefix(prefix).partition("/")[0] for name in self.jobs if name.startswith(prefix)})
        return Reply(200, {"locations": [{"name": f"{prefix}{each}", "locationId": each} for each in found]})

    def _list(self, prefix: str, request: Request) -> Reply:
        jobs = [job for name, job in self.jobs.items() if name.startswith(prefix)]
        start = int(request.query.get("pageToken") or 0)
        end = start + min(int(request.query.get("pageSize", self.page_rows)), self.page_rows)
        more = {"nextPageToken": str(end)} if end < len(jobs) else {}
        return Reply(200, {"jobs": jobs[start:end], **more})
