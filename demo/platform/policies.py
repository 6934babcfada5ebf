"""IAM policies with etags, shared by the simulated services."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

Delta = dict[str, Any]


@dataclass
class Policies:
    """Policies by resource name. Every write creates a new etag; `take_changes` returns changes since its last call."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)
    _changes: list[tuple[str, list[Delta]]] = field(default_factory=list)
    _writes: int = 0

    def add(self, name: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """Adds a resource with these bindings."""
        self._store(name, {"version": 1, "bindings": deepcopy(list(bindings))})

    def grant(self, name: str, role: str, member: str, condition: dict[str, str] | None = None) -> None:
        """Grants a role, as a person in the console would."""
        policy = deepcopy(self.by_name[name])
        policy["bindings"].append(
            {"role": role, "members": [member], **({"condition": condition} if condition else {})}
        )
        self._store(name, policy)

    def read(self, name: str) -> dict[str, Any]:
        """The policy with its etag. Raises KeyError for an unknown resource."""
        return deepcopy(self.by_name[name])

    def write(self, name: str, policy: dict[str, Any]) -> bool:
        """Sets the policy unless the etag is outdated. Raises KeyError, and ValueError for conditions in version 1."""
        before = self.by_name[name]
        if policy.get("etag") not in (None, before["etag"]):
            return False
        if policy.get("version", 1) < 3 and any(
            "condition" in each for each in policy["bindings"] + before["bindings"]
        ):
            raise ValueError("a policy with conditions needs version 3")
        self._store(name, deepcopy(policy))
        self._changes.append((name, deltas(before, policy)))
        return True

    def take_changes(self) -> list[tuple[str, list[Delta]]]:
        """Changes over the API since the last call: resource and binding deltas in the form of audit logs."""
        taken, self._changes = self._changes, []
        return taken

    def _store(self, name: str, policy: dict[str, Any]) -> None:
        self._writes += 1
        etag = base64.b64encode(f"etag-{self._writes}".encode()).decode()
        self.by_name[name] = {**policy, "etag": etag}


def deltas(before: dict[str, Any], after: dict[str, Any]) -> list[Delta]:
    """The binding deltas from one policy to another."""
    old, new = list(_flat(before)), list(_flat(after))
    removed = [{"action": "REMOVE", **each} for each in old if each not in new]
    return removed + [{"action": "ADD", **each} for each in new if each not in old]


def _flat(policy: dict[str, Any]) -> Iterable[Delta]:
    for binding in policy["bindings"]:
        condition = {"condition": binding["condition"]} if "condition" in binding else {}
        for member in binding["members"]:
            yield {"role": binding["role"], "member": member, **condition}


class PolicyServer(JsonServer):
    """The policies of topics, secrets, keys, services and others over their REST APIs, by their full names.

    Formats: getIamPolicy and setIamPolicy of the APIs, such as docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics and
    docs.cloud.google.com/compute/docs/reference/rest/v1/instances; policies with conditions need version 3.
    """

    def __init__(self) -> None:
        super().__init__()
        self._policies = Policies()

    def add(self, name: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """Adds a resource, such as projects/p/topics/t."""
        with self.lock:
            self._policies.add(name, bindings)

    def remove(self, name: str) -> None:
        """Deletes a resource."""
        with self.lock:
            del self._policies.by_name[name]

    def bindings(self, name: str) -> list[dict[str, Any]]:
        """The bindings of a resource."""
        with self.lock:
            found: list[dict[str, Any]] = self._policies.read(name)["bindings"]
            return found

    def take_changes(self) -> list[tuple[str, list[Delta]]]:
        """Changes over the API since the last call: resource and binding deltas."""
        with self.lock:
            return self._policies.take_changes()

    def answer(self, request: Request) -> Reply:
        """Answers a request to one of the APIs."""
        if request.parts[-1] == "iam":
            return self._folder(request)
        path = "/".join(request.parts)
        path = path.removeprefix("compute/").removeprefix("bigquery/").partition("/")[2]
        name, _, verb = path.rpartition("/" if request.parts[0] == "compute" else ":")
        try:
            if verb == "getIamPolicy":
                return self._read(name, request)
            if verb == "setIamPolicy" and self._policies.write(name, request.body["policy"]):
                return Reply(200, self._policies.read(name))
        except KeyError:
            return google_error(404, "Not Found", "NOT_FOUND")
        except ValueError as error:
            return google_error(400, str(error), "INVALID_ARGUMENT")
        return google_error(409, "There were concurrent policy changes.", "ABORTED")

    def _folder(self, request: Request) -> Reply:
        """Answers for a managed folder, whose policy is the whole body in the API of Cloud Storage."""
        name = f"projects/_/buckets/{request.parts[3]}/managedFolders/{request.parts[5]}"
        if request.method == "PUT" and not self._policies.write(name, request.body):
            return google_error(
                412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet"
            )
        return Reply(200, self._policies.read(name))

    def _read(self, name: str, request: Request) -> Reply:
        policy = self._policies.read(name)
        asked = request.query.get("options.requestedPolicyVersion") or request.query.get(
            "optionsRequestedPolicyVersion"
        )
        in_body = ((request.body or {}).get("options") or {}).get("requestedPolicyVersion", 1)
        if int(asked or in_body) < 3 and any("condition" in each for each in policy["bindings"]):
            return google_error(400, "a policy with conditions needs version 3", "INVALID_ARGUMENT")
        return Reply(200, policy)
