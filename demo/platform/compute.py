"""A simulated Compute Engine: instances, firewall rules, snapshots, and operations, page by page.

Formats: docs.cloud.google.com/compute/docs/reference/rest/v1 (instances, disks, firewalls, zoneOperations, globalOperations).
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
        self.resources: dict[str, dict[str, Any]] = {}
        self.done: list[tuple[str, dict[str, Any]]] = []  # operations by scope, in order

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

    def put(self, path: str, **fields: Any) -> None:
        """Adds or changes a resource by its path below compute/v1, as a person would."""
        with self.lock:
            self.resources.setdefault(path, {"id": str(len(self.resources) + 1)}).update(fields)

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        path = "/".join(request.parts[2:])
        if request.method in ("POST", "PATCH"):
            return self._change(request.method, path, request)
        if path in self.resources:
            return Reply(200, self.resources[path])
        if path.endswith("/operations") and "aggregated" not in path:
            return self._requested(path.removesuffix("/operations"))
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

    def _requested(self, scope: str) -> Reply:
        found = [each for at, each in self.done if at == scope]
        return Reply(200, {"items": found[::-1]} if found else {})

    def _change(self, method: str, path: str, request: Request) -> Reply:
        target, verb = (path, "patch") if method == "PATCH" else (path.rpartition("/")[0], path.rpartition("/")[2])
        resource, asked = self.resources.get(target), request.query["requestId"]
        if resource is None:
            return google_error(404, "Not Found", "NOT_FOUND")
        earlier = next((each for _, each in self.done if each["clientOperationId"] == asked), None)
        if earlier:
            return Reply(200, earlier)
        self._apply(target, resource, verb, request)
        made = {"operationType": verb, "targetId": resource["id"], "clientOperationId": asked, "status": "DONE"}
        self.done.append(("/".join(target.split("/")[:-2]), made))
        return Reply(200, made)

    def _apply(self, target: str, resource: dict[str, Any], verb: str, request: Request) -> None:
        body, query = request.body or {}, request.query
        interfaces = {each["name"]: each for each in resource.get("networkInterfaces", ())}
        match verb:
            case "start":
                resource["status"] = "RUNNING"
            case "stop":
                resource["status"] = "TERMINATED"
            case "deleteAccessConfig":
                configs = interfaces[query["networkInterface"]]["accessConfigs"]
                configs[:] = [each for each in configs if each["name"] != query["accessConfig"]]
            case "addAccessConfig":
                interfaces[query["networkInterface"]]["accessConfigs"].append({**body, "natIP": "198.51.100.99"})
            case "createSnapshot":
                self.put(f"{'/'.join(target.split('/')[:2])}/global/snapshots/{body['name']}", status="READY", **body)
            case "patch":
                resource.update(body)
