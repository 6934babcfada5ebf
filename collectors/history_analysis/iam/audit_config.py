"""For which services a project's Data Access logs are on, by its audit configuration.

Format: docs.cloud.google.com/logging/docs/audit/configure-data-access (auditConfigs of the project's policy). What
folders and organizations add is not read: such a service counts once an entry of it is seen.
"""

from __future__ import annotations

from typing import Any

from collectors.history_analysis.collector import SnapshotContext
from collectors.history_analysis.faults import PASSING_STATUS
from shared.errors import TransientError

ALL_SERVICES = "*"
WHOLE = {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}


def audited_services(context: SnapshotContext, project: str) -> set[str]:
    """The services whose reads and writes by everybody are logged, "*" for all; empty where we may not ask."""
    context.call("other.read")
    url = f"{context.clients.resourcemanager_url}/v3/projects/{project}:getIamPolicy"
    response = context.clients.http().post(url, json={"options": {"requestedPolicyVersion": 3}}, allow_redirects=False)
    if response.status_code in PASSING_STATUS:
        raise TransientError(f"the audit configuration of {project} cannot be read: HTTP {response.status_code}")
    if not response.ok:
        return set()
    return services_of(response.json())


def services_of(policy: dict[str, Any]) -> set[str]:
    """The services that a policy's audit configuration logs whole, nobody exempted."""
    found: set[str] = set()
    for config in policy.get("auditConfigs", []):
        logged = [item for item in config.get("auditLogConfigs", []) if not item.get("exemptedMembers")]
        if {item.get("logType") for item in logged} >= WHOLE:
            service = str(config.get("service", ""))
            found.add(ALL_SERVICES if service == "allServices" else service)
    return found
