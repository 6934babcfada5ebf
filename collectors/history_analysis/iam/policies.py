"""Reads all IAM policies of a scope from Cloud Asset Inventory, page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.resources import (
    PAGE,
    all_resources,
    first_page,
    located,
    project_ids,
    project_number,
)
from shared.history import BindingEntry, PoliciesSeenRow, PolicyRow
from shared.identity.iam_names import member_name
from shared.logs import log

# After this time a search restarts: its token may have expired, and its first results are outdated.
FRESH = timedelta(minutes=15)


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each page; the last batch says that the scope is complete, and lists its resources."""
    token, seen_at = _begin(context)
    projects = project_ids(context)
    while True:
        page = _page(context, token)
        rows = [row for result in page.results if (row := policy_row(result, projects, seen_at))]
        if len(rows) < len(page.results):
            log("WARNING", "policies without a name skipped", scope=context.scope, count=len(page.results) - len(rows))
        token = page.next_page_token
        if not token:
            others = all_resources(context, projects, seen_at)
            yield Batch([*rows, PoliciesSeenRow(context.scope, seen_at, others)])
            return
        yield Batch(rows, {"token": token, "seen_at": seen_at.isoformat()})


def _begin(context: SnapshotContext) -> tuple[str, datetime]:
    """The page token to continue with, and the time when the search began."""
    checkpoint: Mapping[str, Any] = context.checkpoint or {}
    if "seen_at" in checkpoint:
        seen_at = datetime.fromisoformat(checkpoint["seen_at"])
        if context.now - seen_at < FRESH:
            return str(checkpoint["token"]), seen_at
    return "", context.now


def _page(context: SnapshotContext, token: str) -> Any:
    from google.cloud.asset_v1 import SearchAllIamPoliciesRequest  # noqa: PLC0415

    request = SearchAllIamPoliciesRequest(scope=context.scope, page_size=PAGE, page_token=token)
    return first_page(context, context.clients.asset().search_all_iam_policies, request)


def policy_row(result: Any, projects: Mapping[str, str], seen_at: datetime) -> PolicyRow | None:
    """A search result as a row; None without a resource. Bindings without a role are left out."""
    if not result.resource.startswith("//"):
        return None
    name, project, ancestors = located(result.resource, result, projects)
    bindings, key = LazyBindings(result.policy), policy_key(result.policy)
    return PolicyRow(name, result.asset_type, project, ancestors, bindings, seen_at, key, number=project_number(result))


def policy_key(policy: Any) -> str:
    """A digest of the bindings in their raw order, so that a million unchanged members need not be read."""
    parts = sorted(binding.SerializeToString(deterministic=True) for binding in policy.bindings)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


class LazyBindings:
    """The bindings of a policy, member by member, created on iteration."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def __iter__(self) -> Iterator[BindingEntry]:
        return (entry for binding in self._policy.bindings if binding.role for entry in _entries(binding))


def _entries(binding: Any) -> Iterator[BindingEntry]:
    condition = None
    if binding.HasField("condition") and binding.condition.expression:
        block = binding.condition
        condition = {"expression": block.expression, "title": block.title, "description": block.description}
    for member in binding.members:
        if member:
            yield BindingEntry(binding.role, member_name(member), condition)
