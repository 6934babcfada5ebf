"""Cloud Run on loopback: jobs of API v2 that are run with overrides, and their executions."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error


class RunServer(JsonServer):
    """Start it, add jobs, and point clients at `url`. An execution runs until `finish`."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, list[dict[str, Any]]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}

    def add_job(self, name: str) -> None:
        """Adds a job by its full name."""
        self.executions[name] = []
        container = {"name": "main", "image": "example.com/load", "env": [{"name": "MODE", "value": "daily"}]}
        template = {"taskCount": 1, "template": {"containers": [container], "timeout": "600s"}}
        self.jobs[name] = {"name": name, "etag": '"1"', "template": template}

    def remove_job(self, name: str) -> None:
        """Deletes a job and its executions."""
        with self.lock:
            del self.jobs[name], self.executions[name]

    def execute(self, name: str, overrides: dict[str, Any] | None = None, at: datetime | None = None) -> dict[str, Any]:
        """Starts an execution of a job."""
        given = overrides or {}
        with self.lock:
            template = copy.deepcopy(self.jobs[name]["template"])
            task = template["template"]
            for container, changes in zip(task["containers"], given.get("containerOverrides", ()), strict=False):
                container["env"] += changes.get("env", ())
                container.update({key: changes[key] for key in ("args",) if key in changes})
            number = len(self.executions[name]) + 1
            execution = {
                "name": f"{name}/executions/{name.rpartition('/')[2]}-{number}",
                "createTime": (at or datetime.now(UTC)).isoformat(),
                "logUri": f"https://console.cloud.google.com/logs?{number}",
                "taskCount": given.get("taskCount", template["taskCount"]),
                "template": {**task, "timeout": given.get("timeout", task["timeout"])},
            }
            self.executions[name].insert(0, execution)
            return execution

    def finish(self, job: str, at: datetime, *, succeeded: bool = True, message: str = "", **fields: Any) -> None:
        """Ends the latest execution of a job."""
        state = "CONDITION_SUCCEEDED" if succeeded else "CONDITION_FAILED"
        condition = {"type": "Completed", "state": state, "message": message}
        with self.lock:
            self.executions[job][0] |= {"completionTime": at.isoformat(), "conditions": [condition], **fields}

    def answer(self, request: Request) -> Reply:
        """Answers get, run and list."""
        path = "/".join(request.parts[1:])
        job = path.removesuffix(":run").removesuffix("/executions")
        if job not in self.jobs:
            return google_error(404, f"Resource '{job}' was not found", "NOT_FOUND")
        if request.method == "POST":
            return self._run(job, request.body)
        if path == job:
            return Reply(200, self.jobs[job])
        return Reply(200, {"executions": self.executions[job][: int(request.query.get("pageSize", "100"))]})

    def _run(self, job: str, body: dict[str, Any]) -> Reply:
        if body.get("etag", self.jobs[job]["etag"]) != self.jobs[job]["etag"]:
            return google_error(409, "The job was changed", "ABORTED")
        return Reply(200, {"name": "operations/1", "metadata": self.execute(job, body.get("overrides")), "done": False})
