"""Whether the log of an entry belongs to its resource.

Anybody with permission to write logs can write any payload with any resource to a log of their own (LogEntry
reference). Only Google writes the logs of `cloudaudit.googleapis.com`. A resource belongs to one project, folder or
organization, and so do its logs.
"""

from __future__ import annotations

import re
from typing import Any

AUDIT_LOGS = ("activity", "data_access", "system_event", "policy")
AUDIT_LOG = rf"cloudaudit\.googleapis\.com%2F({'|'.join(AUDIT_LOGS)})"
_LOG_NAME = rf"(projects|folders|organizations|billingAccounts)/[^/]+/logs/{AUDIT_LOG}"
# The label of a monitored resource with its parent (cloud.google.com/monitoring/api/resources).
_OWNER = {"projects": "project_id", "folders": "folder_id", "organizations": "organization_id"}
_CONTAINER = "resource_container"  # in newer types of resources: `projects/p`, or the id or number alone
_PROJECT = r"(?://[^/]+/)?(?:projects|namespaces)/([^/]+)"  # namespaces: version 1 of the API of Cloud Run
_ANY = ("_", "-")  # in place of a project: buckets have none, and an account is named without one


def is_audit(entry: dict[str, Any]) -> bool:
    """Whether the entry is in an audit log of its own resource; the parents are compared if both are named."""
    return is_audit_log(entry) and is_own_log(entry)


def is_audit_log(entry: dict[str, Any]) -> bool:
    """Whether the entry is an audit entry in a log with the name of an audit log."""
    return "protoPayload" in entry and re.fullmatch(_LOG_NAME, str(entry.get("logName", ""))) is not None


def is_own_log(entry: dict[str, Any]) -> bool:
    """Whether the log has the same parent as the resource; True if one of them names no parent."""
    kind, _, rest = str(entry.get("logName", "")).partition("/")
    name = rest.partition("/")[0]
    if not name:
        return True
    resource = entry.get("resource")
    labels = resource.get("labels") if isinstance(resource, dict) else None
    if not isinstance(labels, dict):
        labels = {}
    elif labels.get(_OWNER.get(kind)) == name:
        return True  # as almost always
    if owners := _owners(labels):
        return _is_same(kind, owners.get(kind), name)
    return kind != "projects" or _names_project(entry.get("protoPayload"), name)


def _owners(labels: dict[str, Any]) -> dict[str, Any]:
    """The parents that the labels of a resource name, by kind."""
    owners = {kind: labels[label] for kind, label in _OWNER.items() if labels.get(label)}
    container = labels.get(_CONTAINER)
    if not owners and isinstance(container, str):
        kind, slash, name = container.partition("/")
        return {kind: name} if slash else {"projects": container}
    return owners


def _names_project(payload: Any, name: str) -> bool:
    """Whether the resource's own name, if it contains a project, contains this one."""
    resource = payload.get("resourceName") if isinstance(payload, dict) else None
    found = re.match(_PROJECT, resource) if isinstance(resource, str) else None
    return found is None or found[1] in _ANY or _is_same("projects", found[1], name)


def _is_same(kind: str, owner: Any, name: str) -> bool:
    # Log names always have the id of a project; a resource may have its number, which does not contradict the id.
    is_number = kind == "projects" and isinstance(owner, str) and owner.isdecimal() and not name.isdecimal()
    return owner == name or is_number
