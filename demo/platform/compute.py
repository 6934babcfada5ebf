"""A simulated Compute Engine: the aggregated list of operations, page by page.

Format: docs.cloud.google.com/compute/docs/reference/rest/v1/globalOperations/aggregatedList.
"""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

BASE = "https://www.googleapis.com/compute/v1"


class ComputeServer(JsonServer):
    """Operations by project and scope (global, zones/…); `page_rows` is the maximum number of operations in a page.

    The operations of `unreachable` scopes are left out, and every page names these scopes.
    """

    def __init__(self, page_rows: int = 500) -> None:
        super().__init__()
        self.page_rows = page_rows
        self.unreachable: list[str] = []
        self._operations: dict[str, list[tuple[str, dict[str, Any]]]] = {}

    def add(self, project: str, scope: str, number: str, kind: str, target: str, **operation: Any) -> None:
        """Adds an operation of `kind` (insert, start…) on `target` (instances/NAME) in `scope` (global, zones/Z)."""
        made = {
            "id": number,
            "operationType": kind,
            "targetLink": f"{BASE}/projects/{project}/{scope}/{target}",
            "status": "DONE",
            **operation,
        }
        with self.lock:
            self._operations.setdefault(project, []).append((scope, made))

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        match (request.method, *request.parts):
            case ("GET", "compute", "v1", "projects", project, "aggregated", "operations"):
                return self._list(self._operations.get(project, []), request)
        return google_error(404, "Not Found", "NOT_FOUND")

    def _list(self, operations: list[tuple[str, dict[str, Any]]], request: Request) -> Reply:
        if self.unreachable and request.query.get("returnPartialSuccess") != "true":
            return google_error(503, "Some scopes could not be reached", "UNAVAILABLE")
        operations = [(scope, each) for scope, each in operations if scope not in self.unreachable]
        start = int(request.query.get("pageToken") or 0)
        end = start + min(int(request.query.get("maxResults", 500)), self.page_rows)
        warning = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for scope on this page."}
        items: dict[str, Any] = {"zones/europe-west1-d": {"warning": warning}}
        for scope, operation in operations[start:end]:
            items.setdefault(scope, {}).setdefault("operations", []).append(operation)
        more: dict[str, Any] = {"nextPageToken": str(end)} if end < len(operations) else {}
        if self.unreachable:
            more["unreachables"] = self.unreachable
        return Reply(200, {"kind": "compute#operationAggregatedList", "items": items, **more})
