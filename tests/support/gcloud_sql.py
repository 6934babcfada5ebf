"""Cloud SQL in the simulated Google APIs: the query of the URL names users, and every change is an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.gcloud_services import Services


def answer(services: Services, method: str, path: str, query: dict[str, str], body: Any) -> Any:
    """Answers a call; None for calls without special behaviour."""
    from tests.support.gcloud_services import PROJECT

    if "/operations/" in path:
        return _operation(path.rsplit("/", 1)[-1])
    if method == "POST" and path.endswith("/instances"):
        more = {"state": "RUNNABLE", "createTime": "2026-11-23T00:00:00Z"}
        body = {**body, "connectionName": f"{PROJECT}:{body['region']}:{body['name']}", **more}
        body["settings"].setdefault("activationPolicy", "ALWAYS")
    if path.endswith("/users") and method in ("PUT", "DELETE"):
        full = f"{path}/{query['name']}"
        existing = services.find("sql", full)
        if method == "PUT":
            existing.update(body)
        else:
            del services.state[f"sql/{full}"]
        return _operation("users")
    if method == "GET":
        return None
    services.plain("sql", method, path, query, body)
    return _operation(path.rsplit("/", 1)[-1])


def _operation(name: str) -> dict[str, Any]:
    from tests.support.gcloud_services import PROJECT

    return {
        "kind": "sql#operation",
        "name": name,
        "status": "DONE",
        "operationType": "CREATE",
        "targetProject": PROJECT,
    }
