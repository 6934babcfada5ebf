"""What a grant reached, and when: where projects and folders hung over the whole of a time.

Levels are projects/P, folders/N and organizations/N.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import FormerPlace, Resource
from insights.access.usage.actions import LoggedCalls
from insights.access.usage.periods import Period, joined, overlap
from shared.iam_names import BIGQUERY, MANAGER, STORAGE, project_of

_BY_NUMBER = re.compile(r"/projects/\d+(/|$)")
PUBSUB = "//pubsub.googleapis.com/"
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Chains = list[tuple[Period, list[str]]]


class ReachedResources:
    """Where everything hung in a window; read once."""

    def __init__(self, session: Session, window: Period) -> None:
        self._window = window
        self._former: dict[str, list[tuple[datetime, list[str]]]] = {}
        former = select(FormerPlace.resource, FormerPlace.until, FormerPlace.ancestors).order_by(FormerPlace.until)
        for name, until, ancestors in session.execute(former):
            self._former.setdefault(name, []).append((until, list(ancestors)))
        self._homes: dict[str, set[str]] = {}
        self._chains: dict[str, Chains] = {}
        self._read: set[str] = set()
        self._below: dict[str, dict[str, list[Period]]] = {}
        columns = (Resource.name, Resource.project, Resource.ancestors, Resource.seen_by)
        for name, project, ancestors, seen_by in session.execute(select(*columns)):
            self._add(name, project, list(ancestors), seen_by)
        self._add_folders()

    def is_read(self, level: str) -> bool:
        """Whether a snapshot saw the level's own policy."""
        return level in self._read

    def is_level(self, resource: str) -> bool:
        """Whether a resource is a project, a folder or an organization."""
        return resource.startswith(MANAGER)

    def above(self, level: str) -> set[str]:
        """Everything that was above a level at any moment."""
        return {item for _, chain in self._in_window(level) for item in chain if item != level}

    def above_always(self, level: str) -> set[str]:
        """What was above it all the time."""
        chains = [set(chain) for _, chain in self._in_window(level)]
        return set.intersection(*chains) - {level} if chains else set()

    def below(self, resource: str) -> dict[str, list[Period]]:
        """The levels in whose logs a use of a grant on a resource is, each with when it was below."""
        if resource not in self._below:
            if len(self._below) > 10_000:
                self._below.clear()
            self._below[resource] = dict(self._find_below(resource))
        return self._below[resource]

    def reached(self, granted_on: str, call: LoggedCalls) -> list[Period]:
        """When a grant reached what a call touched; empty for never."""
        if call.resource == granted_on or call.resource.startswith(f"{granted_on}/"):
            return [self._window]
        return self.below(granted_on).get(call.level, []) if granted_on.startswith(MANAGER) else []

    def perhaps_reached(self, granted_on: str, call: LoggedCalls) -> bool:
        """Whether the entry may mean the resource by another name: only some services write names as bindings do."""
        if granted_on.startswith(MANAGER):
            return False
        if "*" in call.resource and granted_on.startswith(call.resource.partition("*")[0]):
            return True  # all tables that begin so
        if granted_on.startswith((STORAGE, BIGQUERY, PUBSUB)) and not _BY_NUMBER.search(call.resource):
            return False
        return call.level in self.below(granted_on)

    def _add(self, name: str, project: str, ancestors: list[str], seen_by: int) -> None:
        former = self._former.get(name, [])
        if not name.startswith(MANAGER):
            chains = [ancestors, *(chain for _, chain in former)]
            inside = {
                chain[0].removeprefix("projects/") for chain in chains if chain and chain[0].startswith("projects/")
            }
            self._homes[name] = {item for item in (*inside, project, project_of(name)) if item}
        level = name.removeprefix(MANAGER) if name.startswith(MANAGER) else f"projects/{project}" if project else ""
        if not level:
            return
        if name.startswith(MANAGER):
            if seen_by:
                self._read.add(level)
            self._chains[level] = list(_chains(level, ancestors, former))
        else:
            self._chains.setdefault(level, list(_chains(level, ancestors, former)))

    def _add_folders(self) -> None:
        """Folders and organizations without a policy of their own are known by what hangs in them."""
        found: dict[str, Chains] = {}
        for chains in self._chains.values():
            for period, chain in chains:
                for place, level in enumerate(chain[1:], 1):
                    if level not in self._chains and (period, chain[place:]) not in found.setdefault(level, []):
                        found[level].append((period, chain[place:]))
        self._chains |= found

    def _find_below(self, resource: str) -> Iterator[tuple[str, list[Period]]]:
        if not resource.startswith(MANAGER):
            homes = self._homes.get(resource) or {item for item in (project_of(resource),) if item}
            yield from ((f"projects/{project}", [self._window]) for project in homes)
            return
        top = resource.removeprefix(MANAGER)
        yield top, [self._window]
        for level in self._chains if not top.startswith("projects/") else ():
            periods = list(joined(period for period, chain in self._in_window(level) if top in chain))
            if periods and level != top:
                yield level, periods

    def _in_window(self, level: str) -> Iterator[tuple[Period, list[str]]]:
        for period, chain in self._chains.get(level, [((EVER, NEVER), [level])]):
            if found := overlap(period, self._window):
                yield found, chain


def _chains(
    level: str, ancestors: list[str], former: Sequence[tuple[datetime, list[str]]]
) -> Iterator[tuple[Period, list[str]]]:
    start = EVER
    for until, chain in former:
        yield (start, until), _from(level, chain)
        start = until
    yield (start, NEVER), _from(level, ancestors)


def _from(level: str, chain: list[str]) -> list[str]:
    return [level, *(item for item in chain if item != level)]
