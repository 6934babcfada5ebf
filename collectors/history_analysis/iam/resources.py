"""Reads the ancestors of resources from Cloud Asset Inventory, whose policy search omits resources without a policy.

A bucket without a policy of its own inherits the policy of its project, and its name does not contain the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collectors.history_analysis.collector import SnapshotContext
from shared.history import PolicyRow
from shared.identity.iam_names import MANAGER, project_of

PAGE = 500  # the maximum of the API
TIMEOUT_SECONDS = 60.0
PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
# The types in the platform map, and the levels above them.
TYPES = (
    PROJECT_TYPE,
    "cloudresourcemanager.googleapis.com/Folder",
    "storage.googleapis.com/Bucket",
    "bigquery.googleapis.com/Dataset",
    "pubsub.googleapis.com/Topic",
    "pubsub.googleapis.com/Subscription",
)


def project_ids(context: SnapshotContext) -> dict[str, str]:
    """The project ids of the scope by "projects/NUMBER", because search results contain only the number.

    Empty without permission to search resources; names without a project id then contain the number.
    """
    return {item.project: project_of(item.name) for item in _search(context, [PROJECT_TYPE])}


def all_resources(context: SnapshotContext, projects: Mapping[str, str], seen_at: datetime) -> list[PolicyRow]:
    """All resources of these types in the scope as rows without a policy; empty without permission to search resources."""
    return [
        PolicyRow(name, item.asset_type, project, ancestors, (), seen_at, number=project_number(item))
        for item in _search(context, TYPES)
        if item.name.startswith("//")
        for name, project, ancestors in [located(item.name, item, projects)]
    ]


def located(name: str, result: Any, projects: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """The name of a resource with the project id in it, the project id, and the ancestors, nearest first."""
    named = project_of(name)
    project = projects.get(result.project) or (named if not named.isdigit() else "")
    project = project or result.project.removeprefix("projects/")
    ancestors = [f"projects/{project}"] if project else []
    ancestors += [*result.folders, *([result.organization] if result.organization else [])]
    return (f"{MANAGER}projects/{project}" if name == f"{MANAGER}{result.project}" else name), project, ancestors


def project_number(result: Any) -> str:
    """The number of a project that a search found; empty for other resources."""
    number = result.project.removeprefix("projects/")
    return number if result.asset_type == PROJECT_TYPE and number.isdecimal() else ""


def first_page(context: SnapshotContext, method: Any, request: Any) -> Any:
    """One page of a search as plain protobuf, because the wrapper takes ten times as long for a million members."""
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
