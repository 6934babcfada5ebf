"""Reads the audit configurations of all levels: services, log types and exempted members.

Format: docs.cloud.google.com/logging/docs/audit/configure-data-access (auditConfigs of a policy). The configuration of
a folder or an organization applies to everything below it, so each level is stored separately, and queries join them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.levels import ask, configuring_levels
from shared.history import AuditSettingsRow
from shared.identity.iam_names import member_name

KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
VERSION = {"options": {"requestedPolicyVersion": 3}}


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each level; a level without permission is stored as unreadable."""
    after = str((context.checkpoint or {}).get("after", ""))
    levels = [level for level in configuring_levels(context.settings, context.known.chains()) if level > after]
    for done, level in enumerate(levels, 1):
        policy = ask(context, level, "getIamPolicy", VERSION)
        logged = None if policy is None else logged_by(policy)
        yield Batch([AuditSettingsRow(level, context.now, logged)], {"after": level}, done=done / len(levels))


def logged_by(policy: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """The logs that an audit configuration enables: the exempted members by service (or allServices) and log type."""
    exempted_by_log: dict[tuple[str, str], list[str]] = {}
    for config in policy.get("auditConfigs", []):
        for item in config.get("auditLogConfigs", []):
            service, kind = str(config.get("service", "")), str(item.get("logType", ""))
            if service and kind in KINDS:
                exempted = [member_name(str(member)) for member in item.get("exemptedMembers", [])]
                exempted_by_log.setdefault((service, kind), []).extend(exempted)
    return {key: sorted(set(exempted)) for key, exempted in exempted_by_log.items()}
