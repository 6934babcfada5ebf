"""A simulated Resource Manager: the policies of projects, and of folders and organizations where a test adds them.

Format: docs.cloud.google.com/resource-manager/reference/rest/v3/projects, …/folders and …/organizations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error
from demo.platform.policies import Delta, Policies

KINDS = ("projects", "folders", "organizations")


class ResourceManagerServer(JsonServer):
    """Projects with etags; an outdated etag is answered with 409 ABORTED.

    Projects are named by their id, others by their name (folders/1). `denied` are permissions that the caller does not
    have.
    """

    def __init__(self) -> None:
        super().__init__()
        self.denied: set[str] = set()
        self._revoked: dict[str, int] = {}
        self._policies = Policies()

    def add_project(self, project: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """Adds a project by its id, or a folder or organization by its name."""
        with self.lock:
            self._policies.add(project, bindings)

    def grant(self, project: str, role: str, member: str, condition: dict[str, str] | None = None) -> None:
        """Grants a role on the project, as a person would."""
        with self.lock:
            self._policies.grant(project, role, member, condition)

    def audit(self, project: str, configs: Iterable[dict[str, Any]]) -> None:
        """Sets the audit configuration of the project's policy."""
        with self.lock:
            self._policies.by_name[project]["auditConfigs"] = list(configs)

    def revoke_after(self, tests: int, permission: str) -> None:
        """Revokes a permission of the caller after it was tested a number of times."""
        with self.lock:
            self._revoked[permission] = tests

    def policy(self, project: str) -> dict[str, Any]:
        """The project's policy."""
        with self.lock:
            return self._policies.read(project)

    def policies(self) -> dict[str, dict[str, Any]]:
        """The policy of every project."""
        with self.lock:
            return {name: self._policies.read(name) for name in self._policies.by_name if "/" not in name}

    def take_changes(self) -> list[tuple[str, list[Delta]]]:
        """Changes over the API since the last call: project and binding deltas."""
        with self.lock:
            return self._policies.take_changes()

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        name, _, verb = request.parts[-1].partition(":")
        version, kind = request.parts[0], "/".join(request.parts[1:-1])
        if request.method != "POST" or version != "v3" or kind not in KINDS:
            return google_error(404, "Not Found", "NOT_FOUND")
        name = name if kind == "projects" else f"{kind}/{name}"
        try:
            if verb == "testIamPermissions":
                return self._test(name, request.body)
            return self._set(name, request.body) if verb == "setIamPolicy" else self._get(name, verb, request.body)
        except KeyError:
            return google_error(403, "The caller does not have permission", "PERMISSION_DENIED")
        except ValueError as error:
            return google_error(400, str(error), "INVALID_ARGUMENT")

    def _test(self, name: str, body: dict[str, Any]) -> Reply:
        self._policies.read(name)  # raises for a missing resource
        for item in body["permissions"]:
            self._revoked[item] = self._revoked.get(item, -1) - 1
            if self._revoked[item] == -1:
                self.denied.add(item)
        granted = [item for item in body["permissions"] if item not in self.denied]
        return Reply(200, {"permissions": granted} if granted else {})

    def _get(self, project: str, verb: str, body: Any) -> Reply:
        if verb != "getIamPolicy":
            return google_error(404, "Not Found", "NOT_FOUND")
        kind = project.partition("/")[0] if "/" in project else "projects"
        if f"resourcemanager.{kind}.getIamPolicy" in self.denied:
            raise KeyError(project)
        policy = self._policies.read(project)
        version = ((body or {}).get("options") or {}).get("requestedPolicyVersion", 1)
        if version < 3:  # an older version gets the binding with another role name and without its condition
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
