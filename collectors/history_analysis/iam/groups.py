"""Members of the groups that have a role, where Cloud Identity lets us read them.

Formats: docs.cloud.google.com/identity/docs/reference/rest/v1/groups/lookup and groups.memberships/list. A group that
cannot be read whole gets no coverage, and answers about its members say "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.observations import ObservationCoverage
from collectors.history_analysis.rest import RestError, get, pages
from shared.history import GroupRow
from shared.iam_names import member_name

KINDS = {"USER": "user", "SERVICE_ACCOUNT": "serviceAccount", "GROUP": "group"}
UNREADABLE = (400, 401, 403, 404)
DEEPEST = 2_000  # groups in groups: no more than so many in one snapshot


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each group, and then for the groups inside of it."""
    waiting = sorted(set(context.known.groups_in_use()))
    known = set(waiting)
    looks = ObservationCoverage(context, "group/")
    for done in range(DEEPEST):
        if not waiting:
            return
        group = waiting.pop(0)
        members = _members(context, group)
        if members is None:
            continue
        inside = {item.removeprefix("group:") for item in members if item.startswith("group:")} - known
        waiting += sorted(inside)
        known |= inside
        seen = GroupRow(group, members, context.now)
        yield Batch([seen, looks.at(group)], done=(done + 1) / (done + 1 + len(waiting)))


def _members(context: SnapshotContext, group: str) -> list[str] | None:
    """The direct members, None when the group cannot be read, or has members of a kind that grants do not have."""
    base = f"{context.clients.cloudidentity_url}/v1"
    try:
        found = get(context, context.clients.http(), f"{base}/groups:lookup", {"groupKey.id": group}, "other.read")
        url = f"{base}/{found['name']}/memberships"
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
    """The member as grants have it, empty for one that is not known: a whole domain, a device, a type still to come."""
    kind = KINDS.get(str(item.get("type", "")))
    address = str((item.get("preferredMemberKey") or {}).get("id", ""))
    return member_name(f"{kind}:{address}") if kind and address else ""
