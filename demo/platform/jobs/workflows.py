"""The Workflow Executions API on loopback: executions that are started and listed, and end when a test says so."""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

BASIC = ("name", "startTime", "endTime", "duration", "state", "workflowRevisionId")


class WorkflowsServer(JsonServer):
    """Start it, add workflows, and point clients at `url`."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, list[dict[str, Any]]] = {}

    def add(self, workflow: str) -> None:
        """Adds a workflow by its full name."""
        self.executions[workflow] = []

    def finish(self, workflow: str, state: str = "SUCCEEDED", **fields: Any) -> None:
        """Ends the latest execution of a workflow."""
        with self.lock:
            self.executions[workflow][0] |= {"state": state, **fields}

    def answer(self, request: Request) -> Reply:
        """Answers create and list."""
        workflow = "/".join(request.parts[1:]).removesuffix("/executions")
        if workflow not in self.executions:
            return google_error(404, f"Resource '{workflow}' was not found", "NOT_FOUND")
        made = self.executions[workflow]
        if request.method == "POST":
            execution = {"name": f"{workflow}/executions/{len(made) + 1}", "state": "ACTIVE", **request.body}
            made.insert(0, execution)
            return Reply(200, execution)
        return self._list(made, request)

    @staticmethod
    def _list(made: list[dict[str, Any]], request: Request) -> Reply:
        size, begin = int(request.query.get("pageSize", "100")), int(request.query.get("pageToken", "0"))
        page: list[dict[str, Any]] = made[begin : begin + size]
        if request.query.get("view") != "FULL":
            page = [{key: value for key, value in each.items() if key in BASIC} for each in page]
        more = {"nextPageToken": str(begin + size)} if begin + size < len(made) else {}
        return Reply(200, {"executions": page, **more})
