"""Every IAM policy of a scope through Cloud Asset Inventory, page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.history import BindingEntry, PoliciesSeenRow, PolicyRow
from shared.iam_names import MANAGER, member_name, project_of
from shared.logs import log

PAGE = 500  # the largest that the API takes
TIMEOUT_SECONDS = 60.0
PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
# After so long a search is begun anew: its token may be over, and what it saw first is old.
FRESH = timedelta(minutes=15)


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """Batches of one page each; the last one says that the scope was seen whole."""
    token, seen_at = _begin(context)
    projects = project_ids(context)
    while True:
        page = _page(context, token)
        rows = [row for result in page.results if (row := policy_row(result, projects, seen_at))]
        if len(rows) < len(page.results):
            log("WARNING", "policies without a name left out", scope=context.scope, count=len(page.results) - len(rows))
        token = page.next_page_token
        if not token:
            yield Batch([*rows, PoliciesSeenRow(context.scope, seen_at)])
            return
        yield Batch(rows, {"token": token, "seen_at": seen_at.isoformat()})


def _begin(context: SnapshotContext) -> tuple[str, datetime]:
    """Where to go on, and when this search began to look."""
    checkpoint: Mapping[str, Any] = context.checkpoint or {}
    if "seen_at" in checkpoint:
        seen_at = datetime.fromisoformat(checkpoint["seen_at"])
        if context.now - seen_at < FRESH:
            return str(checkpoint["token"]), seen_at
    return "", context.now


def _page(context: SnapshotContext, token: str) -> Any:
    from google.cloud.asset_v1 import SearchAllIamPoliciesRequest  # noqa: PLC0415

    request = SearchAllIamPoliciesRequest(scope=context.scope, page_size=PAGE, page_token=token)
    return _pb(_first_page(context, context.clients.asset().search_all_iam_policies, request))


def project_ids(context: SnapshotContext) -> dict[str, str]:
    """The ids of the scope's projects by "projects/NUMBER": a policy's result has the number only.

    Empty when the caller may not search resources; then numbers stand for ids where a name has none.
    """
    from google.api_core.exceptions import Forbidden  # noqa: PLC0415
    from google.cloud.asset_v1 import SearchAllResourcesRequest  # noqa: PLC0415

    found: dict[str, str] = {}
    token = ""
    while True:
        request = SearchAllResourcesRequest(
            scope=context.scope,
            asset_types=[PROJECT_TYPE],
            page_size=PAGE,
            page_token=token,
            read_mask={"paths": ["name", "project"]},
        )
        try:
            page = _pb(_first_page(context, context.clients.asset().search_all_resources, request))
        except Forbidden:
            return found
        found.update({item.project: project_of(item.name) for item in page.results})
        token = page.next_page_token
        if not token:
            return found


def _first_page(context: SnapshotContext, method: Any, request: Any) -> Any:
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests  # noqa: PLC0415
    from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415

    again = Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests), initial=0.5, maximum=20.0, timeout=90.0
    )
    with context.calls("asset.search"):
        return next(iter(method(request=request, retry=again, timeout=TIMEOUT_SECONDS).pages))


def _pb(message: Any) -> Any:
    """The plain protobuf message: reading a million members through the wrapper takes ten times as long."""
    return type(message).pb(message)


def policy_row(result: Any, projects: Mapping[str, str], seen_at: datetime) -> PolicyRow | None:
    """A search result as a row; None when it names no resource. Bindings without role are left out."""
    if not result.resource.startswith("//"):
        return None
    named = project_of(result.resource)
    project = projects.get(result.project) or (named if not named.isdigit() else "")
    project = project or result.project.removeprefix("projects/")
    ancestors = [f"projects/{project}"] if project else []
    ancestors += [*result.folders, *([result.organization] if result.organization else [])]
    name = result.resource
    if name == f"{MANAGER}{result.project}":
        name = f"{MANAGER}projects/{project}"
    return PolicyRow(
        name, result.asset_type, project, ancestors, Bindings(result.policy), seen_at, policy_key(result.policy)
    )


def policy_key(policy: Any) -> str:
    """Names the bindings as they came: reading a million members one by one only to find them unchanged is slow."""
    parts = sorted(binding.SerializeToString(deterministic=True) for binding in policy.bindings)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


class Bindings:
    """The bindings of a policy, member by member, made when somebody looks."""

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
