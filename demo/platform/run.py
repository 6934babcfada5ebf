"""Cloud Run on loopback: jobs of API v2 that are run with overrides, and their executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request


class RunServer(JsonServer):
    """Start it, add jobs, and point clients at `url`. An execution runs until `finish`."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, list[dict[str, Any]]] = {}

    def add_job(self, name: str) -> None:
        """Adds a job by its full name."""
        self.executions[name] = []

    def finish(self, job: str, at: datetime, *, succeeded: bool = True, message: str = "") -> None:
        """Ends the latest execution of a job."""
        state = "CONDITION_SUCCEEDED" if succeeded else "CONDITION_FAILED"
        condition = {"type": "Completed", "state": state, "message": message}
        self.executions[job][0] |= {"completionTime": at.isoformat(), "conditions": [condition]}

    def answer(self, request: Request) -> Reply:
        """Answers run and list."""
        path = "/".join(request.parts[1:])
        job = path.removesuffix(":run").removesuffix("/executions")
        if job not in self.executions:
            return Reply(404, {"error": {"message": f"Resource '{job}' was not found"}})
        if request.method == "POST" and path.endswith(":run"):
            return self._run(job, request.body)
        return Reply(200, {"executions": self.executions[job][: int(request.query.get("pageSize", "100"))]})

    def _run(self, job: str, body: dict[str, Any]) -> Reply:
        name = f"{job}/executions/{job.rpartition('/')[2]}-{len(self.executions[job]) + 1}"
        containers = body["overrides"]["containerOverrides"]
        template = {
            "containers": [{"env": each["env"]} for each in containers],
            "timeout": body["overrides"]["timeout"],
        }
        execution = {"name": name, "logUri": f"https://console.cloud.google.com/logs?{name[-1]}", "template": template}
        self.executions[job].insert(0, execution)
        return Reply(200, {"name": "operations/1", "metadata": execution, "done": False})
