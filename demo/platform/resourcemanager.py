"""A simulated Resource Manager: the policies of projects.

Format: docs.cloud.google.com/resource-manager/reference/rest/v3/projects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error
from demo.platform.policies import Delta, Policies


class ResourceManagerServer(JsonServer):
    """Projects with etags; an old etag is answered with 409 ABORTED."""

    def __init__(self) -> None:
        super().__init__()
        self._policies = Policies()

    def add_project(self, project: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """A new project."""
        with self.lock:
            self._policies.add(project, bindings)

    def grant(self, project: str, role: str, member: str, condition: dict[str, str] | None = None) -> None:
        """Somebody gives a role on the project."""
        with self.lock:
            self._policies.grant(project, role, member, condition)

    def audit(self, project: str, configs: Iterable[dict[str, Any]]) -> None:
        """Sets the audit configuration of the project's policy."""
        with self.lock:
            self._policies.by_name[project]["auditConfigs"] = list(configs)

    def policy(self, project: str) -> dict[str, Any]:
        """The project's policy."""
        with self.lock:
            return self._policies.read(project)

    def policies(self) -> dict[str, dict[str, Any]]:
        """The policy of every project."""
        with self.lock:
            return {name: self._policies.read(name) for name in self._policies.by_name}

    def take_changes(self) -> list[tuple[str, list[Delta]]]:
        """What was written over the API since the last call: project and binding deltas."""
        with self.lock:
            return self._policies.take_changes()

    def answer(self, request: Request) -> Reply:
        """The REST API."""
        project, _, verb = request.parts[-1].partition(":")
        if request.method != "POST" or request.parts[:2] != ("v3", "projects"):
            return google_error(404, "Not Found", "NOT_FOUND")
        try:
            return (
                self._set(project, request.body) if verb == "setIamPolicy" else self._get(project, verb, request.body)
            )
        except KeyError:
            return google_error(403, "The caller does not have permission", "PERMISSION_DENIED")
        except ValueError as error:
            return google_error(400, str(error), "INVALID_ARGUMENT")

    def _get(self, project: str, verb: str, body: Any) -> Reply:
        if verb != "getIamPolicy":
            return google_error(404, "Not Found", "NOT_FOUND")
        policy = self._policies.read(project)
        version = ((body or {}).get("options") or {}).get("requestedPolicyVersion", 1)
        if version < 3:  # an older version gets the binding under another role name and without its condition
            policy["bindings"] = [_masked(binding) for binding in policy["bindings"]]
        return Reply(200, policy)

    def _set(self, project: str, body: dict[str, Any]) -> Reply:
        if not self._policies.write(project, body["policy"]):
            message = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
            return google_error(409, message, "ABORTED")
        return Reply(200, self._policies.read(project))


def _masked(binding: dict[str, Any]) -> dict[str, Any]:
    if "condition" not in binding:
        return binding
    return {"role": f"{binding['role']}_withcond_0123456789abcdef0123", "members": binding["members"]}
