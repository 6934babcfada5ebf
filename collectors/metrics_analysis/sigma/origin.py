"""Whether an entry is an audit log of the resource that it describes.

Everybody with permission to write logs can write an AuditLog payload into a log of their own (LogEntry reference), but
only Google writes the logs of `cloudaudit.googleapis.com`. Each belongs to one project, folder or organization.
"""

from __future__ import annotations

import re
from typing import Any

AUDIT_LOGS = ("activity", "data_access", "system_event", "policy")
AUDIT_LOG = rf"cloudaudit\.googleapis\.com%2F({'|'.join(AUDIT_LOGS)})"
_LOG_NAME = re.compile(rf"(projects|folders|organizations|billingAccounts)/([^/]+)/logs/{AUDIT_LOG}")
# The label of a monitored resource with its parent (cloud.google.com/monitoring/api/resources).
_OWNER = {"projects": "project_id", "folders": "folder_id", "organizations": "organization_id"}


def is_audit(entry: dict[str, Any]) -> bool:
    """Whether the entry is in an audit log, and in that of its own resource if both name their parent."""
    if "protoPayload" not in entry:
        return False
    log = _LOG_NAME.fullmatch(str(entry.get("logName", "")))
    return log is not None and _owns(log[1], log[2], entry.get("resource"))


def _owns(kind: str, name: str, resource: Any) -> bool:
    labels = resource.get("labels") if isinstance(resource, dict) else None
    owner = labels.get(_OWNER.get(kind, "")) if isinstance(labels, dict) else None
    if not owner or not isinstance(owner, str) or owner == name:
        return True
    # One may have the project's id and the other its number: that is not a contradiction.
    return kind == "projects" and owner.isdigit() != name.isdigit()
