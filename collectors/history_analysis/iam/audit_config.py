"""For which services, kinds of calls and members Data Access logs are on, by the audit configurations of all levels.

Format: docs.cloud.google.com/logging/docs/audit/configure-data-access (auditConfigs of a policy). What a folder or an
organization switches on holds in all that is in it, so every level is kept for itself and joined when it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.levels import ask, judged
from shared.history import AuditSettingsRow
from shared.iam_names import member_name

KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
VERSION = {"options": {"requestedPolicyVersion": 3}}


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each level; one that refuses is kept as refused."""
    after = str((context.checkpoint or {}).get("after", ""))
    levels = [level for level in judged(context.settings, context.known.chains()) if level > after]
    for done, level in enumerate(levels, 1):
        policy = ask(context, level, "getIamPolicy", VERSION)
        logged = None if policy is None else logged_by(policy)
        yield Batch([AuditSettingsRow(level, context.now, logged)], {"after": level}, done=done / len(levels))


def logged_by(policy: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """What a policy's audit configuration logs: the exempted members by service (or allServices) and kind of call."""
    found: dict[tuple[str, str], list[str]] = {}
    for config in policy.get("auditConfigs", []):
        for item in config.get("auditLogConfigs", []):
            service, kind = str(config.get("service", "")), str(item.get("logType", ""))
            if service and kind in KINDS:
                exempted = [member_name(str(member)) for member in item.get("exemptedMembers", [])]
                found.setdefault((service, kind), []).extend(exempted)
    return {key: sorted(set(exempted)) for key, exempted in found.items()}
