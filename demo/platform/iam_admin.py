"""A server for identities: IAM roles and service accounts, Cloud Identity groups, last use.

Formats: docs.cloud.google.com/iam/docs/reference/rest/v1, docs.cloud.google.com/identity/docs/reference/rest/v1 and
docs.cloud.google.com/policy-intelligence/docs/reference/policyanalyzer/rest/v1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

REFUSED = google_error(403, "The caller does not have permission", "PERMISSION_DENIED")
ABSENT = google_error(404, "Not Found", "NOT_FOUND")


class IamAdminServer(JsonServer):
    """Roles, service accounts with keys, groups, and the last use of accounts."""

    def __init__(self, page_size: int = 100) -> None:
        super().__init__()
        self.page_size = page_size
        self.closed_groups: set[str] = set()
        self._roles: dict[str, dict[str, Any]] = {}
        self._accounts: dict[str, list[dict[str, Any]]] = {}
        self._keys: dict[str, list[dict[str, Any]]] = {}
        self._groups: dict[str, list[dict[str, Any]]] = {}
        self._uses: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._switches: list[tuple[str, str]] = []

    def add_role(self, name: str, permissions: Iterable[str], title: str = "", stage: str = "GA") -> None:
        """Adds or replaces a role."""
        with self.lock:
            self._roles[name] = {
                "name": name,
                "title": title or name.rpartition("/")[2],
                "stage": stage,
                "includedPermissions": sorted(permissions),
            }

    def add_account(self, project: str, email: str, **more: Any) -> None:
        """Adds a service account; `more` are fields of the API, such as disabled or displayName."""
        name = f"projects/{project}/serviceAccounts/{email}"
        made = {"name": name, "projectId": project, "email": email, "uniqueId": str(len(self._accounts) + 1), **more}
        with self.lock:
            self._accounts.setdefault(project, []).append(made)
            self._keys.setdefault(name, [])

    def add_key(self, project: str, email: str, key: str, *, after: str, before: str = "", **more: Any) -> None:
        """Adds a user-managed key of an account, valid from `after` on (RFC 3339); `more` are fields of the API."""
        account = f"projects/{project}/serviceAccounts/{email}"
        made = {"name": f"{account}/keys/{key}", "keyType": "USER_MANAGED", "validAfterTime": after}
        with self.lock:
            self._keys[account].append({**made, **({"validBeforeTime": before} if before else {}), **more})

    def add_use(self, project: str, kind: str, name: str, time: str) -> None:
        """Sets the last authentication of an account or key; `kind` is the activity type."""
        activity = {"fullResourceName": name, "activity": {"lastAuthenticatedTime": time}}
        with self.lock:
            self._uses.setdefault((project, kind), []).append(activity)

    def add_group(self, address: str, members: Sequence[str]) -> None:
        """Adds a group with members in the form of IAM: user:…, group:…, serviceAccount:…; others keep their type."""
        kinds = {"user": "USER", "group": "GROUP", "serviceAccount": "SERVICE_ACCOUNT"}
        with self.lock:
            self._groups[address] = [
                {
                    "preferredMemberKey": {"id": item.partition(":")[2]},
                    "type": kinds.get(item.partition(":")[0], item.partition(":")[0].upper()),
                }
                for item in members
            ]

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST APIs."""
        parts = request.parts[1:]
        if request.method == "POST" and request.parts[:1] == ("v1",) and "serviceAccounts" in parts:
            return self._switch(parts)
        if request.method != "GET" or request.parts[:1] != ("v1",):
            return ABSENT
        if parts[0] == "groups:lookup" or parts[0] == "groups":
            return self._group(parts, request)
        if parts[-1] == "activities:query":
            return self._page("activities", self._uses.get((parts[1], parts[-2]), []), request)
        if "serviceAccounts" in parts:
            return self._service_accounts(parts, request)
        role = self._roles.get("/".join(parts))
        return Reply(200, role) if role else ABSENT

    def remove(self, name: str) -> None:
        """Deletes the account or the key of that name."""
        with self.lock:
            for listed in (*self._accounts.values(), *self._keys.values()):
                listed[:] = [each for each in listed if each["name"] != name]

    def set_disabled(self, name: str, *, disabled: bool, reason: str = "") -> None:
        """Disables or enables the account or the key of that name, as a person or Google would."""
        with self.lock:
            found = self._named(name)
            assert found is not None, name  # noqa: S101 - a mistake in a test
            found.pop("disableReason", None)
            found.update({"disabled": disabled, **({"disableReason": reason} if reason else {})})

    def take_switches(self) -> list[tuple[str, str]]:
        """The accounts and keys that were disabled or enabled over the API since the last call: name and verb."""
        with self.lock:
            taken, self._switches = self._switches, []
            return taken

    def _named(self, name: str) -> dict[str, Any] | None:
        """The account or key of that name. An account also has its number, and `-` is any project."""
        *_, project, _, account = name.split("/")[:4]
        listed = [each for known, some in self._accounts.items() if project in (known, "-") for each in some]
        found = next((each for each in listed if account in (each["email"], each["uniqueId"])), None)
        if found is None or "/keys/" not in name:
            return found
        full = f"{found['name']}/keys/{name.rpartition('/keys/')[2]}"
        return next((each for each in self._keys[found["name"]] if each["name"] == full), None)

    def _switch(self, parts: tuple[str, ...]) -> Reply:
        name, _, verb = "/".join(parts).rpartition(":")
        found = self._named(name)
        if found is None or verb not in ("disable", "enable"):
            return ABSENT
        self._switches.append((found["name"], verb))
        self.set_disabled(name, disabled=verb == "disable")
        return Reply(200, {})

    def _service_accounts(self, parts: tuple[str, ...], request: Request) -> Reply:
        if len(parts) == 4 or (len(parts) == 6 and parts[4] == "keys"):
            found = self._named("/".join(parts))
            return Reply(200, found) if found else ABSENT
        if parts[-1] == "keys":
            keys = self._keys.get("/".join(parts[:-1]))
            return ABSENT if keys is None else Reply(200, {"keys": keys} if keys else {})
        return self._page("accounts", self._accounts.get(parts[1], []), request)

    def _group(self, parts: tuple[str, ...], request: Request) -> Reply:
        address = request.query.get("groupKey.id", "") if len(parts) == 1 else parts[1]
        if address in self.closed_groups or address not in self._groups:
            return REFUSED
        if len(parts) == 1:
            return Reply(200, {"name": f"groups/{address}"})
        return self._page("memberships", self._groups[address], request)

    def _page(self, field: str, items: list[dict[str, Any]], request: Request) -> Reply:
        size = min(int(request.query.get("pageSize", "100")), self.page_size)
        start = int(request.query.get("pageToken") or 0)
        body: dict[str, Any] = {field: items[start : start + size]} if items else {}
        if start + size < len(items):
            body["nextPageToken"] = str(start + size)
        return Reply(200, body)
