"""Members of the groups that have a role, if Cloud Identity permits reading them.

Formats: docs.cloud.google.com/identity/docs/reference/rest/v1/groups/lookup and groups.memberships/list. A group that
cannot be read completely gets no coverage, and answers about its members say "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.observations import ObservationCoverage
from collectors.history_analysis.rest import RestError, get, pages
from shared.config import Settings
from shared.history import GroupRow
from shared.identity.iam_names import member_name

KINDS = {"USER": "user", "SERVICE_ACCOUNT": "serviceAccount", "GROUP": "group"}
UNREADABLE = (400, 401, 403, 404)
GROUP = "group:"
DEEPEST = 2_000  # maximum number of groups in one snapshot, for nested groups


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """Yields one batch for each group, followed by the groups inside it."""
    waiting = sorted({*context.known.groups_in_use(), *_of_roles(context.settings)})
    planned = set(waiting)
    coverage = ObservationCoverage(context, "group/")
    for done in range(DEEPEST):
        if not waiting:
            return
        group = waiting.pop(0)
        members = _members(context, group)
        if members is None:
            continue
        inside = {item.removeprefix("group:") for item in members if item.startswith("group:")} - planned
        waiting += sorted(inside)
        planned |= inside
        seen = GroupRow(group, members, context.now)
        yield Batch([seen, coverage.at(group)], done=(done + 1) / (done + 1 + len(waiting)))


def _of_roles(settings: Settings) -> Iterator[str]:
    """The groups that give a role on the dashboard."""
    lists = settings.dashboard_viewers, settings.dashboard_operators, settings.dashboard_admins
    yield from (each.removeprefix(GROUP) for people in lists for each in people if each.startswith(GROUP))


def _members(context: SnapshotContext, group: str) -> list[str] | None:
    """The direct members; None if the group cannot be read, or has members of a kind that no grant can have."""
    base = f"{context.clients.cloudidentity_url}/v1"
    try:
        resource = get(context, context.clients.http(), f"{base}/groups:lookup", {"groupKey.id": group}, "other.read")
        url = f"{base}/{resource['name']}/memberships"
        listed = [
            _member(item)
            for page, _ in pages(context, url, {"view": "FULL", "pageSize": 500})
            for item in page.get("memberships", [])
        ]
    except RestError as error:
        if error.code in UNREADABLE:
            return None
        raise
    return sorted(set(listed)) if all(listed) else None


def _member(item: dict[str, Any]) -> str:
    """The member as grants name it; empty for other kinds: a whole domain, a device, a future type."""
    kind = KINDS.get(str(item.get("type", "")))
    address = str((item.get("preferredMemberKey") or {}).get("id", ""))
    return member_name(f"{kind}:{address}") if kind and address else ""
