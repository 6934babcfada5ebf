"""The access of a principal: each grant with what it reaches, and what revoking it would take away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from insights.access import queries
from insights.access.answers.intent import Intent, Intentions, Judgement
from insights.access.answers.levels import LevelReader
from insights.access.answers.on_resource import Way, intent_of, usage_of
from insights.access.hierarchy import Hierarchy
from insights.access.iam_conditions import evaluate
from insights.access.model import LEVELS, Access, AccessReport, Level, Ternary, Usage
from insights.access.platform_map import PlatformMap, is_container
from insights.access.revoke_command import command
from insights.access.usage import UsageEvidence

Cell = tuple[Level, str]  # a level on a resource


@dataclass(frozen=True, slots=True)
class LevelState:
    """One level that the principal has on resources: whether it is intended, and the use of the grants that give it."""

    intent: Intent
    usage: Usage


@dataclass(frozen=True, slots=True)
class ReachedResources:
    """Resources of a layer on which the principal has the same levels by the same grants. `layer` is empty without a map."""

    layer: str
    resources: tuple[str, ...]
    states: dict[Level, LevelState]
    ways: tuple[Way, ...]

    @property
    def is_unintended(self) -> bool:
        """Whether one of the levels is not meant to be."""
        return any(state.intent is Intent.UNINTENDED for state in self.states.values())


@dataclass(frozen=True, slots=True)
class GrantOfPrincipal:
    """A grant to the principal, or to something that includes it.

    `reached` counts the resources with data that it gives access to, `lost` those on which the principal would lose a
    level that no other grant gives. `command` revokes it for every member that it names.
    """

    access: Access
    judgement: Judgement
    reached: int
    lost: int
    command: str

    @property
    def usage(self) -> Usage:
        """The use of the grant by the principal."""
        return self.access.usage


@dataclass(frozen=True, slots=True)
class PrincipalAccess:
    """What a principal may do: by layer and resource, and by grant, the unintended first.

    `intentions` judges further grants as of the same time.
    """

    members: tuple[str, ...]
    rows: tuple[ReachedResources, ...]
    grants: tuple[GrantOfPrincipal, ...]
    report: AccessReport
    intentions: Intentions

    def count(self, level: Level) -> int:
        """The number of resources with data on which it has a level."""
        return sum(len(row.resources) for row in self.rows if level in row.states)

    @property
    def reached(self) -> int:
        """The number of resources with data that it has access to."""
        return sum(len(row.resources) for row in self.rows)

    @property
    def unintended(self) -> int:
        """The number of those on which a level is not meant to be."""
        return sum(len(row.resources) for row in self.rows if row.is_unintended)


def of_principal(
    session: Session, principal: str, at: datetime, *, platform_map: PlatformMap | None, days: int
) -> PrincipalAccess:
    """The access of a principal at a time; use is that of the `days` before."""
    evidence = UsageEvidence(session, at, days)
    found = queries.of(session, principal, at, days=days, evidence=evidence)
    intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, at)
    reach = _Reach(found.rows, evidence.hierarchy, LevelReader(evidence.roles), intentions, at)
    grants = [
        GrantOfPrincipal(
            row,
            intentions.of(row.grant),
            len(reach.of_grant.get(row.grant.key, ())),
            len({resource for _, resource in reach.only_by(row.grant.key)}),
            command(row.grant.resource, row.grant.role, row.grant.member, row.grant.condition),
        )
        for row in found.rows
    ]
    grants.sort(key=lambda grant: (list(Intent).index(grant.judgement.intent), -grant.reached, grant.access.grant.key))
    members = tuple(dict.fromkeys(row.principal for row in found.rows))
    return PrincipalAccess(members, tuple(reach.rows()), tuple(grants), found, intentions)


class _Reach:
    """The resources with data that grants reach, with the levels that they give there."""

    def __init__(
        self, rows: Sequence[Access], hierarchy: Hierarchy, levels: LevelReader, intentions: Intentions, at: datetime
    ) -> None:
        self._intentions = intentions
        self.of_grant: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._ways: dict[str, tuple[Way, ...]] = {}
        self._givers: defaultdict[Cell, set[tuple[str, ...]]] = defaultdict(set)
        on: defaultdict[str, list[Access]] = defaultdict(list)
        for row in rows:
            if evaluate(row.grant.condition, at) is not Ternary.NO:
                on[row.grant.resource].append(row)
        for resource in filter(is_container, hierarchy.resources()) if on else ():
            near = [row for name in hierarchy.chain(resource) for row in on.get(name, ())]
            ways = [Way(row, levels.levels(row.grant.role, resource), intentions.of(row.grant)) for row in near]
            if given := tuple(way for way in ways if way.levels):
                self._add(resource, given)

    def _add(self, resource: str, ways: tuple[Way, ...]) -> None:
        self._ways[resource] = ways
        for way in ways:
            self.of_grant[way.access.grant.key].add(resource)
            for level in way.levels:
                self._givers[level, resource].add(way.access.grant.key)

    def only_by(self, key: tuple[str, ...]) -> Iterator[Cell]:
        """The levels on resources that only this grant gives."""
        return (cell for cell, givers in self._givers.items() if givers == {key})

    def rows(self) -> Iterator[ReachedResources]:
        """The resources, those alike in one row, by layer in the order of the map; the unintended first in each."""
        alike: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
        for resource, ways in self._ways.items():
            keys = frozenset((way.access.grant.key, way.levels) for way in ways)
            alike[self._layer(resource), keys].append(resource)
        made = [self._row(names) for names in alike.values()]
        order = {name: number for number, name in enumerate(self._layers())}
        yield from sorted(
            made, key=lambda row: (order.get(row.layer, len(order)), not row.is_unintended, row.resources)
        )

    def _row(self, resources: list[str]) -> ReachedResources:
        ways = self._ways[resources[0]]
        states = {
            level: LevelState(intent_of(giving), usage_of(giving))
            for level in LEVELS
            if (giving := [way for way in ways if level in way.levels])
        }
        return ReachedResources(self._layer(resources[0]), tuple(sorted(resources)), states, ways)

    def _layer(self, resource: str) -> str:
        layers = self._intentions.scope.layers(resource) if self._intentions.scope else ()
        return layers[0].name if layers else ""

    def _layers(self) -> list[str]:
        scope = self._intentions.scope
        return [layer.name for layer in scope.platform_map.layers] if scope else []
