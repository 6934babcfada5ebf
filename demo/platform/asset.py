"""A Cloud Asset Inventory server on loopback: SearchAllIamPolicies and SearchAllResources over real gRPC.

Formats: docs.cloud.google.com/asset-inventory/docs/reference/rpc/google.cloud.asset.v1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.cloud import asset_v1 as api

from demo.platform.grpc_server import Countdown, GrpcServer

SERVICE = "google.cloud.asset.v1.AssetService"
LARGEST_PAGE = 500
PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
MANAGER = "//cloudresourcemanager.googleapis.com/"


@dataclass(frozen=True, slots=True)
class AssetAncestors:
    """The ancestors of a resource: project number, folders (nearest first), organization."""

    project: str = ""
    folders: tuple[str, ...] = ()
    organization: str = ""


@dataclass(slots=True)
class InjectedAssetError(Countdown):
    """An injected error, for a method, a scope and a page, always or a number of times."""

    code: grpc.StatusCode
    scope: str = ""
    page: int | None = None
    method: str = ""

    def hits(self, request: Any, page: int) -> bool:
        """Whether this request gets the error; counts the request."""
        if self.scope not in ("", request.scope) or self.page not in (None, page):
            return False
        return type(request).__name__.startswith(self.method) and self.count()


class AssetServer(GrpcServer):
    """Start it, add policies, and point a client at `endpoint`. Thread-safe.

    `numbers` has the number of each project by id; names of scopes may have either. `before_search` is called before
    the first page of a search, for a platform that stores its policies elsewhere.
    """

    def __init__(self, page_size: int = LARGEST_PAGE) -> None:
        methods = {
            "SearchAllIamPolicies": (self._policies_page, api.SearchAllIamPoliciesRequest),
            "SearchAllResources": (self._resources_page, api.SearchAllResourcesRequest),
        }
        super().__init__(SERVICE, methods)
        self.page_size = page_size
        self.numbers: dict[str, str] = {}
        self.ancestors: dict[str, AssetAncestors] = {}
        self.requests: list[Any] = []
        self.injected: list[InjectedAssetError] = []
        self.before_search: Callable[[], None] = lambda: None
        self._policies: dict[str, Any] = {}
        self._resources: dict[str, tuple[str, AssetAncestors]] = {}
        self._searched: dict[str, list[Any]] = {}
        self._listed: dict[tuple[str, ...], list[Any]] = {}

    def add_project(self, project: str, number: str, *, folders: Sequence[str] = (), organization: str = "") -> None:
        """Adds a project with its ancestors and without a policy."""
        with self._lock:
            self._listed.clear()
            self.numbers[project] = number
            self.ancestors[project] = AssetAncestors(
                f"projects/{number}",
                tuple(f"folders/{folder}" for folder in folders),
                f"organizations/{organization}" if organization else "",
            )

    def set_policy(
        self, name: str, asset_type: str, bindings: Iterable[Mapping[str, Any]], *, project: str = "", **ancestors: Any
    ) -> None:
        """Sets the policy of a resource, or removes it if there are no bindings.

        `project` is the id of its project; a folder or organization has `folders` and `organization`.
        """
        where = (
            self.ancestors[project]
            if project
            else AssetAncestors("", tuple(ancestors.get("folders", ())), ancestors["organization"])
        )
        result = api.IamPolicySearchResult(
            resource=name,
            asset_type=asset_type,
            project=where.project,
            folders=list(where.folders),
            organization=where.organization,
            policy={"bindings": [_binding(binding) for binding in bindings]},
        )
        with self._lock:
            self._searched.clear()
            self._listed.clear()
            self._policies.pop(name, None)
            if result.policy.bindings:
                self._policies[name] = result

    def add_resource(self, name: str, asset_type: str, *, project: str) -> None:
        """Adds a resource, with a policy or without."""
        with self._lock:
            self._listed.clear()
            self._resources[name] = (asset_type, self.ancestors[project])

    def remove_resource(self, name: str) -> None:
        """Removes a resource; its policy stays until it is set again."""
        with self._lock:
            self._listed.clear()
            del self._resources[name]

    def set_result(self, name: str, result: api.IamPolicySearchResult) -> None:
        """Adds a search result unchanged, even a malformed one."""
        with self._lock:
            self._searched.clear()
            self._policies[name] = result

    def fail(
        self,
        code: grpc.StatusCode,
        *,
        scope: str = "",
        page: int | None = None,
        times: int | None = None,
        method: str = "",
    ) -> None:
        """Answers with `code` for a method, scope or page (from 0), `times` times or until `injected` is cleared."""
        with self._lock:
            self.injected.append(InjectedAssetError(code, scope, page, method, times=times))

    def _policies_page(self, request: Any, context: grpc.ServicerContext) -> Any:
        if not request.page_token:
            self.before_search()
        with self._lock:
            if request.scope not in self._searched:
                items = [result for _, result in sorted(self._policies.items())]
                self._searched[request.scope] = [result for result in items if self._inside(result, request.scope)]
            items = self._searched[request.scope]
        page, token = self._page(request, context, items)
        return api.SearchAllIamPoliciesResponse(results=page, next_page_token=token)

    def _resources_page(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._lock:
            key = (request.scope, *request.asset_types)
            if key not in self._listed:
                self._listed[key] = [
                    item for item in self._all_resources(request.asset_types) if self._inside(item, request.scope)
                ]
            items = self._listed[key]
        page, token = self._page(request, context, items)
        return api.SearchAllResourcesResponse(results=page, next_page_token=token)

    def _all_resources(self, asset_types: Sequence[str]) -> list[Any]:
        """Projects, added resources and resources with a policy; only those of these types, if any are given."""
        resources = {name: (resources.asset_type, resources) for name, resources in self._policies.items()}
        resources |= self._resources
        resources |= {
            f"{MANAGER}projects/{project}": (PROJECT_TYPE, ancestors) for project, ancestors in self.ancestors.items()
        }
        return [
            _resource(name, asset_type, ancestors)
            for name, (asset_type, ancestors) in sorted(resources.items(), key=lambda item: item[0])
            if not asset_types or asset_type in asset_types
        ]

    def _inside(self, item: Any, scope: str) -> bool:
        kind, _, name = scope.partition("/")
        if kind == "projects":
            return bool(item.project == f"projects/{self.numbers.get(name, name)}")
        return scope in (item.organization, *item.folders)

    def _page(self, request: Any, context: grpc.ServicerContext, items: list[Any]) -> tuple[list[Any], str]:
        size = min(request.page_size or 100, self.page_size)
        start = int(request.page_token or 0)
        with self._lock:
            self.requests.append(request)
            error = next((error for error in self.injected if error.hits(request, start // size)), None)
        if error is not None:
            context.abort(error.code, f"made-up answer for {request.scope}")  # raises
        return items[start : start + size], str(start + size) if start + size < len(items) else ""


def _resource(name: str, asset_type: str, ancestors: Any) -> Any:
    return api.ResourceSearchResult(
        name=name,
        asset_type=asset_type,
        project=ancestors.project,
        folders=list(ancestors.folders),
        organization=ancestors.organization,
    )


def _binding(binding: Mapping[str, Any]) -> dict[str, Any]:
    fields = {key: binding[key] for key in ("role", "members") if key in binding}
    return {**fields, **({"condition": dict(binding["condition"])} if binding.get("condition") else {})}
