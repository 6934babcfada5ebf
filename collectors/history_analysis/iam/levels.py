"""Levels of the resource hierarchy with audit logs of their own: projects/P, folders/N, organizations/N.

The logs of a project contain the calls in it; those of a folder or an organization only calls on the folder or
organization itself (docs.cloud.google.com/logging/docs/audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.history_analysis.collector import SnapshotContext, projects
from shared.config import Settings
from shared.errors import TransientError
from shared.http import is_transient
from shared.texts.history import errors as history_errors

ABOVE = ("folders/", "organizations/")


def scopes(settings: Settings) -> list[str]:
    """HINOMI_SCOPE if it is a folder or an organization, and each project."""
    return [*([settings.scope] if settings.scope.startswith(ABOVE) else []), *projects(settings)]


def inside(scope: str, chains: Iterable[Sequence[str]]) -> list[str]:
    """The scope and its folders. A chain lists the ancestors of a resource, nearest first."""
    levels = {scope}
    for chain in chains:
        if scope in chain:
            levels.update(level for level in chain[: chain.index(scope)] if level.startswith(ABOVE))
    return sorted(levels, key=lambda level: (level != scope, level))


def configuring_levels(settings: Settings, chains: Sequence[Sequence[str]]) -> list[str]:
    """All levels whose audit configuration applies: the scopes, the levels below them, and the levels above them."""
    levels = {level for scope in scopes(settings) for level in inside(scope, chains)}
    for chain in chains:
        lowest = next((index for index, level in enumerate(chain) if level in levels), None)
        if lowest is not None:
            levels.update(chain[lowest:])
    return sorted(levels)


def ask(context: SnapshotContext, level: str, verb: str, body: Any) -> dict[str, Any] | None:
    """The response of a policy method for a level; None without permission.

    Raises TransientError if the API is unavailable.
    """
    context.call("other.read")
    url = f"{context.clients.resourcemanager_url}/v3/{level}:{verb}"
    response = context.clients.http().post(url, json=body, allow_redirects=False)
    if is_transient(response.status_code):
        raise TransientError(history_errors.LEVEL(call=verb, level=level, status=response.status_code))
    answer = response.json() if response.ok else None
    return answer if isinstance(answer, dict) else None
