"""The resource hierarchy during a window of time: the ancestors of a resource, and the levels below a project or folder.

Levels are projects/P, folders/N and organizations/N. Snapshots store the ancestors of each resource, and the former
ancestors of a resource that moved. Before the first snapshot, a resource is assumed to have had the ancestors of the
first snapshot.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ARRAY, Select, String, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.schema_db.models import FormerAncestors, Resource
from db.schema_db.monitored_projects import PROJECT_TYPE
from db.schema_db.selection import EVER, NEVER, Period, joined, rows_in
from shared.identity.iam_names import MANAGER, parents, project_of
from shared.lazy.dataclass import dataclass

MOST = 10_000  # cached answers
_AFTER_SLASH = chr(ord("/") + 1)
Levels = list[str]


@dataclass(frozen=True, slots=True)
class _Node:
    """A resource with its ancestors in the window, oldest first; the last ones are those at the end of the window."""

    project: str
    ancestors: list[tuple[Period, Levels]]
    is_observed: bool
    missing_since: datetime | None


class Hierarchy:
    """The hierarchy in a window; a single time is a window of length 0. Each resource is read once.

    With `names` only these resources are read, otherwise all. With `on_demand` the levels are read at once and each
    resource when it is first needed: for questions about a few of many resources.
    """

    def __init__(
        self, session: Session, window: Period, names: Sequence[str] | None = None, *, on_demand: bool = False
    ) -> None:
        self.window = window
        self._session = session
        self._reads_on_demand = on_demand
        self._unknown: set[str] = set()
        self._nodes = _read(session, window, _of_levels(session) if on_demand else names)
        self._levels: dict[str, list[tuple[Period, Levels]]] = {}
        self._of_project: dict[str, Levels] = {}  # the ancestors of a project, taken from one of its resources
        self._below: dict[str, dict[str, list[Period]]] = {}
        self._above_node: dict[tuple[int, str, str], tuple[str, ...]] = {}
        for name, node in sorted(self._nodes.items()):
            self._add_levels(name, node)
            if node.project and node.ancestors[-1][1]:
                self._of_project.setdefault(node.project, node.ancestors[-1][1])
        self._add_unread_levels()

    @cached_property
    def project_numbers(self) -> frozenset[str]:
        """The numbers of the projects at the end of the window; empty if the number of one project is unknown."""
        is_there = or_(Resource.missing_since.is_(None), Resource.missing_since > self.window[1])
        known = frozenset(
            self._session.scalars(select(Resource.number).where(Resource.asset_type == PROJECT_TYPE, is_there))
        )
        return frozenset() if "" in known else known

    def prepare(self, resources: Iterable[str]) -> None:
        """Reads the rows of these resources and of their ancestors in one query, if resources are read on demand."""
        if self._reads_on_demand:
            near = {name for resource in resources for name in (resource, *parents(resource, []))}
            missing = near - self._nodes.keys() - self._unknown
            found = _read(self._session, self.window, sorted(missing))
            self._nodes |= found
            self._unknown |= missing - found.keys()

    def chain(self, resource: str) -> list[str]:
        """The resource and its ancestors at the end of the window, nearest first; policies of ancestors apply to the resource."""
        node = self._node(resource)
        if node is not None and not resource.startswith(MANAGER):
            return [resource, *self._above(node, resource)]
        near = (resource, *parents(resource, []))
        above = next((node.ancestors[-1][1] for name in near if (node := self._node(name))), None)
        if above is None:
            project = self.project(resource)
            above = self._of_project.get(project) or ([f"projects/{project}"] if project else [])
        return [resource, *parents(resource, above)]

    def _above(self, node: _Node, resource: str) -> tuple[str, ...]:
        """The ancestors of a resource, the same for all resources whose names differ only in the last part."""
        key = id(node), resource.rpartition("/")[0], project_of(resource)
        if key not in self._above_node:
            self._above_node[key] = tuple(parents(resource, node.ancestors[-1][1]))
        return self._above_node[key]

    def project(self, resource: str) -> str:
        """The project of a resource; empty if it is unknown."""
        node = self._of(resource)
        return (node.project if node else "") or project_of(resource)

    def resources(self, *, with_missing: bool = False) -> list[str]:
        """The names of the resources in order, without those that were missing at the end of the window.

        Reads all of them.
        """
        if self._reads_on_demand:
            self._nodes |= _read(self._session, self.window, None)
            self._above_node.clear()
            self._reads_on_demand = False
        end = self.window[1]
        names = ((name, node.missing_since) for name, node in self._nodes.items())
        return sorted(name for name, missing in names if with_missing or missing is None or missing > end)

    def reachable_from(self, granted_on: Iterable[str]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
        """The resources that grants on these resources may reach, and perhaps more; without missing ones.

        Resources that have the same ancestors and differ only in the last part of the name come together; their
        ancestors follow, nearest first.
        """
        names = set(granted_on)
        if any(name.startswith(MANAGER) for name in names) or (names and not self._reads_on_demand):
            is_stored = self._reads_on_demand and self._session.get_bind().dialect.name == "postgresql"
            alike = list(self._read_alike() if is_stored else self._alike())
            self.prepare(part[0] for part in alike)
        else:
            self.prepare(names)
            end, nodes = self.window[1], ((name, self._nodes.get(name)) for name in sorted(names))
            alike = [
                [name] for name, node in nodes if node and (node.missing_since is None or node.missing_since > end)
            ]
        yield from ((part, tuple(self.chain(part[0])[1:])) for part in alike)

    def _alike(self) -> Iterator[list[str]]:
        """The resources that are not missing at the end of the window; those with the same ancestors come together."""
        by_node: defaultdict[int, list[str]] = defaultdict(list)
        for name in self.resources():
            node = self._nodes[name]
            if node.ancestors[-1][1]:
                by_node[id(node)].append(name)
            else:
                yield [name]
        for names in by_node.values():
            yield from _alike_by_name(names)

    def _read_alike(self) -> Iterator[list[str]]:
        """The same as `_alike`, without reading a row for each resource."""
        moved = set(self._session.scalars(select(FormerAncestors.resource).distinct()))
        there = or_(Resource.missing_since.is_(None), Resource.missing_since > self.window[1])
        ancestors = cast(Resource.ancestors, String)
        names: Any = func.array_agg(Resource.name, type_=ARRAY(String))
        # By the JSON itself: the text is made once for each group instead of each row.
        alike = select(ancestors, names).where(there).group_by(Resource.project, Resource.ancestors)
        rows = self._session.execute(alike)
        for levels, resources in rows:
            alone = set(resources) if levels == "[]" else moved.intersection(resources)
            yield from ([name] for name in sorted(alone))
            yield from _alike_by_name([name for name in resources if name not in alone] if alone else resources)

    def is_observed(self, level: str) -> bool:
        """Whether a snapshot has read the policy of the level itself."""
        node = self._of(MANAGER + level)
        return node is not None and node.is_observed

    def projects(self) -> Iterator[Levels]:
        """Each project that has a resource, followed by its ancestors at the end of the window, nearest first."""
        for project in sorted({node.project for node in self._nodes.values() if node.project}):
            yield [name.removeprefix(MANAGER) for name in self.chain(f"{MANAGER}projects/{project}")]

    def above(self, level: str) -> set[str]:
        """The levels that were above a level at any moment of the window."""
        return {item for _, levels in self._of_level(level) for item in levels if item != level}

    def above_always(self, level: str) -> set[str]:
        """The levels that were above a level during the whole window."""
        chains = [set(levels) for _, levels in self._of_level(level)]
        return set.intersection(*chains) - {level}

    def below(self, resource: str) -> dict[str, list[Period]]:
        """The levels whose audit logs show uses of a grant on a resource, with the periods in which each was below the resource."""
        if resource not in self._below:
            if len(self._below) > MOST:
                self._below.clear()
            self._below[resource] = dict(self._find_below(resource))
        return self._below[resource]

    def _node(self, name: str) -> _Node | None:
        """The node of a resource whose ancestors are known, otherwise None."""
        node = self._of(name)
        return node if node and node.ancestors[-1][1] else None

    def _of(self, name: str) -> _Node | None:
        if name not in self._nodes and self._reads_on_demand:
            self.prepare([name])
        return self._nodes.get(name)

    def _of_level(self, level: str) -> list[tuple[Period, Levels]]:
        return self._levels.get(level, [(self.window, [level])])

    def _add_levels(self, name: str, node: _Node) -> None:
        """Adds the ancestors of a project, from its own row, or else from a row of one of its resources."""
        if name.startswith(MANAGER):
            level = name.removeprefix(MANAGER)
            self._levels[level] = [(period, _beginning_with(level, levels)) for period, levels in node.ancestors]
        elif node.project and (level := f"projects/{node.project}") not in self._levels:
            self._levels[level] = [(period, _beginning_with(level, levels)) for period, levels in node.ancestors]

    def _add_unread_levels(self) -> None:
        """Adds folders and organizations without a row of their own, from the ancestors of the levels in them."""
        unread: dict[str, list[tuple[Period, Levels]]] = {}
        for chains in self._levels.values():
            for period, levels in chains:
                for index, level in enumerate(levels[1:], 1):
                    if level not in self._levels and (period, levels[index:]) not in unread.setdefault(level, []):
                        unread[level].append((period, levels[index:]))
        self._levels |= unread

    def _find_below(self, resource: str) -> Iterator[tuple[str, list[Period]]]:
        if not resource.startswith(MANAGER):
            yield from ((f"projects/{project}", [self.window]) for project in self._projects_of(resource))
            return
        top = resource.removeprefix(MANAGER)
        yield top, [self.window]
        for level in self._levels if not top.startswith("projects/") else ():
            periods = list(joined(period for period, levels in self._of_level(level) if top in levels))
            if periods and level != top:
                yield level, periods

    def _projects_of(self, resource: str) -> set[str]:
        """All projects that contained the resource during the window."""
        node = self._of(resource)
        near = [levels[0] for _, levels in node.ancestors if levels] if node else []
        projects = {level.removeprefix("projects/") for level in near if level.startswith("projects/")}
        return {item for item in (*projects, node.project if node else "", project_of(resource)) if item}


def _alike_by_name(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in order; those that differ only in the last part come together, unless that part may be a project."""
    left = [sorted(names)]
    while left:
        some, place = left.pop(), 0
        while place < len(some):
            first = some[place].rpartition("/")[0]
            if first.endswith("/projects") or some[place].startswith(MANAGER):
                yield [some[place]]
                place += 1
                continue
            end = bisect_left(some, first + _AFTER_SLASH, place + 1)
            inside, length = some[place:end], len(first) + 1
            # Counted in all of them at once: there may be thousands, and mostly none has another part.
            if "".join(inside).count("/") == len(inside) * (first.count("/") + 1):
                yield inside
            else:
                yield [name for name in inside if "/" not in name[length:]]
                left.append([name for name in inside if "/" in name[length:]])
            place = end


def _of_levels(session: Session) -> list[str]:
    """The names of levels with a row, and of the first resource of each project, which shows the other levels."""
    levels, first = _level_queries()
    return sorted({*session.scalars(levels), *(name for row in session.execute(first) for name in row if name)})


@cache
def _level_queries() -> tuple[Select[str], Select[str, str | None]]:
    """The queries of `_of_levels`, made once.

    Each project is read from its place in the index, because it may have thousands of resources.
    """
    projects = select(func.min(Resource.project).label("project")).cte("projects", recursive=True)
    following = select(func.min(Resource.project)).where(Resource.project > projects.c.project).scalar_subquery()
    projects = projects.union_all(select(following).where(projects.c.project.is_not(None)))
    named = select(Resource.name).where(Resource.project == projects.c.project).order_by(Resource.name).limit(1)
    with_ancestors = named.where(cast(Resource.ancestors, String) != "[]")
    # The first one mostly has ancestors: others are searched only where it has none.
    alike = aliased(Resource)
    first_name = named.correlate(projects).scalar_subquery()
    of_first = select(cast(alike.ancestors, String)).where(alike.name == first_name).scalar_subquery()
    other = case((of_first == "[]", with_ancestors.scalar_subquery()))
    first = select(named.scalar_subquery(), other).select_from(projects)
    return select(Resource.name).where(Resource.name.startswith(MANAGER)), first


def _read(session: Session, window: Period, names: Sequence[str] | None) -> dict[str, _Node]:
    former: dict[str, list[tuple[datetime, Levels]]] = {}
    moves, resources = _row_queries()
    for name, until, ancestors in rows_in(session, moves, FormerAncestors.resource, names):
        former.setdefault(name, []).append((until, list(ancestors)))
    nodes: dict[str, _Node] = {}
    # Thousands of resources have the same few ancestors: their JSON is decoded once, and the nodes that are equal are one.
    alike: dict[tuple[Any, ...], _Node] = {}
    for name, *values in rows_in(session, resources, Resource.name, names):
        key = tuple(values)
        if name in former or key not in alike:
            project, ancestors, seen_by, missing_since = values
            over_time = list(_over_time(json.loads(ancestors), former.get(name, ()), window))
            nodes[name] = _Node(project, over_time, bool(seen_by), missing_since)
            if name not in former:
                alike[key] = nodes[name]
        else:
            nodes[name] = alike[key]
    return nodes


@cache
def _row_queries() -> tuple[Any, Any]:
    """The queries of `_read` without their conditions, made once: the former ancestors, and the resources."""
    moves = select(FormerAncestors.resource, FormerAncestors.until, FormerAncestors.ancestors)
    columns = Resource.project, cast(Resource.ancestors, String), Resource.seen_by, Resource.missing_since
    return moves.order_by(FormerAncestors.until), select(Resource.name, *columns)


def _over_time(
    ancestors: Levels, former: Sequence[tuple[datetime, Levels]], window: Period
) -> Iterator[tuple[Period, Levels]]:
    """The ancestors in each part of a window; at the time of a move, the new ancestors apply."""
    start = EVER
    for until, levels in [*former, (NEVER, ancestors)]:
        if start <= window[1] and until > window[0]:
            yield (max(start, window[0]), min(until, window[1])), levels
        start = until


def _beginning_with(level: str, levels: Levels) -> Levels:
    return [level, *(item for item in levels if item != level)]
