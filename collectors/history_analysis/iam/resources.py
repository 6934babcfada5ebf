"""Where resources hang, through Cloud Asset Inventory: its search of policies has only those that have one.

A bucket without a policy of its own still inherits its project's, and its name does not tell which project that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collectors.history_analysis.collector import SnapshotContext
from shared.history import PolicyRow
from shared.iam_names import MANAGER, project_of

PAGE = 500  # the largest that the API takes
TIMEOUT_SECONDS = 60.0
PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
# What the platform's map knows, and what that hangs below.
TYPES = (
    PROJECT_TYPE,
    "cloudresourcemanager.googleapis.com/Folder",
    "storage.googleapis.com/Bucket",
    "bigquery.googleapis.com/Dataset",
    "pubsub.googleapis.com/Topic",
    "pubsub.googleapis.com/Subscription",
)


def project_ids(context: SnapshotContext) -> dict[str, str]:
    """The ids of the scope's projects by "projects/NUMBER": a policy's result has the number only.

    Empty when the caller may not search resources; then numbers stand for ids where a name has none.
    """
    return {item.project: project_of(item.name) for item in _search(context, [PROJECT_TYPE])}


def all_resources(context: SnapshotContext, projects: Mapping[str, str], seen_at: datetime) -> list[PolicyRow]:
    """Every resource of these types in the scope, as if it had no policy; none when the caller may not search them."""
    return [
        PolicyRow(name, item.asset_type, project, ancestors, (), seen_at)
        for item in _search(context, TYPES)
        if item.name.startswith("//")
        for name, project, ancestors in [place(item.name, item, projects)]
    ]


def place(name: str, result: Any, projects: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """The name of a resource with the id of its project in it, that id, and what it hangs below, nearest first."""
    named = project_of(name)
    project = projects.get(result.project) or (named if not named.isdigit() else "")
    project = project or result.project.removeprefix("projects/")
    ancestors = [f"projects/{project}"] if project else []
    ancestors += [*result.folders, *([result.organization] if result.organization else [])]
    return (f"{MANAGER}projects/{project}" if name == f"{MANAGER}{result.project}" else name), project, ancestors


def first_page(context: SnapshotContext, method: Any, request: Any) -> Any:
    """One page of a search, as plain protobuf: reading a million members through the wrapper takes ten times as long."""
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests  # noqa: PLC0415
    from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415

    again = Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests), initial=0.5, maximum=20.0, timeout=90.0
    )
    with context.calls("asset.search"):
        page = next(iter(method(request=request, retry=again, timeout=TIMEOUT_SECONDS).pages))
    return type(page).pb(page)


def _search(context: SnapshotContext, types: Sequence[str]) -> Iterator[Any]:
    from google.api_core.exceptions import Forbidden  # noqa: PLC0415
    from google.cloud.asset_v1 import SearchAllResourcesRequest  # noqa: PLC0415

    token = ""
    while True:
        request = SearchAllResourcesRequest(
            scope=context.scope,
            asset_types=types,
            page_size=PAGE,
            page_token=token,
            read_mask={"paths": ["name", "asset_type", "project", "folders", "organization"]},
        )
        try:
            page = first_page(context, context.clients.asset().search_all_resources, request)
        except Forbidden:
            return
        yield from page.results
        token = page.next_page_token
        if not token:
            return
