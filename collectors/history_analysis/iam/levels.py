"""Levels of the resource hierarchy that have audit logs of their own: projects/P, folders/N, organizations/N.

A project's logs have what is done in it; those of a folder or an organization only what is done to the folder or the
organization itself (docs.cloud.google.com/logging/docs/audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.history_analysis.collector import SnapshotContext, projects
from shared.config import Settings
from shared.errors import TransientError
from shared.http import is_transient

ABOVE = ("folders/", "organizations/")


def scopes(settings: Settings) -> list[str]:
    """HINOMI_SCOPE where it is a folder or an organization, and every project."""
    return [*([settings.scope] if settings.scope.startswith(ABOVE) else []), *projects(settings)]


def inside(scope: str, chains: Iterable[Sequence[str]]) -> list[str]:
    """The scope and the folders in it. A chain is where something hangs, the nearest first."""
    found = {scope}
    for chain in chains:
        if scope in chain:
            found.update(level for level in chain[: chain.index(scope)] if level.startswith(ABOVE))
    return sorted(found, key=lambda level: (level != scope, level))


def judged(settings: Settings, chains: Sequence[Sequence[str]]) -> list[str]:
    """Every level whose audit configuration counts: what is read, what is in it, and all that is above."""
    found = {level for scope in scopes(settings) for level in inside(scope, chains)}
    for chain in chains:
        known = next((place for place, level in enumerate(chain) if level in found), None)
        if known is not None:
            found.update(chain[known:])
    return sorted(found)


def ask(context: SnapshotContext, level: str, verb: str, body: Any) -> dict[str, Any] | None:
    """The answer of a method on a level's policy, None when it is refused. Raises TransientError."""
    context.call("other.read")
    url = f"{context.clients.resourcemanager_url}/v3/{level}:{verb}"
    response = context.clients.http().post(url, json=body, allow_redirects=False)
    if is_transient(response.status_code):
        raise TransientError(f"{verb} of {level} cannot be asked: HTTP {response.status_code}")
    found = response.json() if response.ok else None
    return found if isinstance(found, dict) else None
