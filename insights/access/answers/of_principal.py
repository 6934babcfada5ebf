"""The access of a principal: each grant with the resources that it reaches and the access that revoking it removes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from insights.access import queries
from insights.access.answers.intent import Intent, Intentions, Judgement
from insights.access.answers.levels import LevelReader
from insights.access.answers.on_resource import INTENTS, Way, intent_of, usage_of
from insights.access.hierarchy import Hierarchy
from insights.access.iam_conditions import evaluate
from insights.access.membership import Memberships
from insights.access.model import LEVELS, Access, AccessReport, Level, Ternary, Usage
from insights.access.platform_map import PlatformMap, is_container, kind_of
from insights.access.revoke_command import command
from insights.access.usage import UsageEvidence

GrantKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class LevelState:
    """A level of access to resources: whether it is intended, and the use of the grants that give it."""

    intent: Intent
    usage: Usage


@dataclass(frozen=True, slots=True)
class ReachedResources:
    """Resources of a layer to which the principal has the same levels through the same grants.

    `layer` is empty without a map.
    """

    layer: str
    resources: tuple[str, ...]
    states: dict[Level, LevelState]
    ways: tuple[Way, ...]

    @property
    def is_unintended(self) -> bool:
        """Whether at least one of the levels is unintended."""
        return any(state.intent is Intent.UNINTENDED for state in self.states.values())


@dataclass(frozen=True, slots=True)
class GrantOfPrincipal:
    """A grant to the principal, or to a group that includes it.

    `reached` is the number of resources with data that the grant gives access to. `lost` is the number of resources on
    which the principal would lose a level that no other grant gives. `command` revokes the grant; all members of a
    group then lose it.
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
    """The access of a principal, by layer and resource and by grant, unintended access first.

    `intentions` compares further grants with the map as of the same time.
    """

    members: tuple[str, ...]
    rows: tuple[ReachedResources, ...]
    grants: tuple[GrantOfPrincipal, ...]
    report: AccessReport
    intentions: Intentions

    def count(self, level: Level) -> int:
        """The number of resources with data on which the principal has a level."""
        return sum(len(row.resources) for row in self.rows if level in row.states)

    @property
    def reached(self) -> int:
        """The number of resources with data to which the principal has access."""
        return sum(len(row.resources) for row in self.rows)

    @property
    def unintended(self) -> int:
        """The number of resources with data on which a level is unintended."""
        return sum(len(row.resources) for row in self.rows if row.is_unintended)


def of_principal(
    session: Session,
    principal: str,
    at: datetime,
    *,
    platform_map: PlatformMap | None,
    days: int,
    memberships: Memberships | None = None,
    most: int | None = None,
) -> PrincipalAccess:
    """The access of a principal at a time, with the use in the `days` before. At most `most` grants are read.

    `memberships` are reused if the caller has them for the same time.
    """
    evidence = UsageEvidence(session, at, days, on_demand=True)
    found = queries.of(session, principal, at, days=days, evidence=evidence, memberships=memberships, most=most)
    intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, at)
    reach = _Reach(found.rows, evidence.hierarchy, LevelReader(evidence.roles), intentions, at)
    grants = [
        GrantOfPrincipal(
            row,
            intentions.of(row.grant),
            reach.reached[row.grant.key],
            reach.lost[row.grant.key],
            command(row.grant.resource, row.grant.role, row.grant.member, row.grant.condition),
        )
        for row in found.rows
    ]
    grants.sort(key=lambda grant: (INTENTS.index(grant.judgement.intent), -grant.reached, grant.access.grant.key))
    members = tuple(dict.fromkeys(row.principal for row in found.rows))
    return PrincipalAccess(members, tuple(reach.rows()), tuple(grants), found, intentions)


@dataclass(slots=True)
class _Alike:
    """Resources on which the same grants give the same levels."""

    layer: str
    ways: tuple[Way, ...]
    resources: list[str]


class _Reach:
    """The resources with data that grants reach, with the levels that the grants give there.

    Thousands of resources inherit the same grants, so the levels are determined once per set of grants, and counted
    by resource.
    """

    def __init__(
        self, rows: Sequence[Access], hierarchy: Hierarchy, levels: LevelReader, intentions: Intentions, at: datetime
    ) -> None:
        self._intentions, self._levels = intentions, levels
        self._on: defaultdict[str, list[Access]] = defaultdict(list)
        for row in rows:
            if evaluate(row.grant.condition, at) is not Ternary.NO:
                self._on[row.grant.resource].append(row)
        self._inherited: dict[tuple[str, tuple[str, ...]], tuple[Way, ...]] = {}
        self._alike: dict[tuple[object, ...], _Alike] = {}
        for resources, above in hierarchy.reachable_from(self._on):
            if is_container(resources[0]):  # as are the others, whose names differ in the last part only
                self._add(resources, above)
        self.reached, self.lost = Counter[GrantKey](), Counter[GrantKey]()
        for group in self._alike.values():
            self._count(group)

    def _add(self, resources: Sequence[str], above: tuple[str, ...]) -> None:
        kind = kind_of(resources[0])[0]
        if (kind, above) not in self._inherited:
            self._inherited[kind, above] = tuple(way for name in above for way in self._ways(name, resources[0]))
        inherited = self._inherited[kind, above]
        own = [name for name in resources if name in self._on]
        for name in own:
            self._keep([name], (*self._ways(name, name), *inherited))
        self._keep([name for name in resources if name not in self._on] if own else resources, inherited)

    def _keep(self, resources: Sequence[str], ways: tuple[Way, ...]) -> None:
        """Adds resources on which these grants give the same levels, by layer."""
        if not ways or not resources:
            return
        by_layer: defaultdict[str, list[str]] = defaultdict(list)
        if self._intentions.scope:
            for name in resources:
                by_layer[self._layer(name)].append(name)
        else:
            by_layer[""].extend(resources)
        given = frozenset((way.access.grant.key, way.levels) for way in ways)
        for layer, names in by_layer.items():
            self._alike.setdefault((layer, given), _Alike(layer, ways, [])).resources.extend(names)

    def _ways(self, name: str, resource: str) -> Iterator[Way]:
        """The levels that the grants on `name` give on a resource."""
        for row in self._on.get(name, ()):
            if held := self._levels.levels(row.grant.role, resource):
                yield Way(row, held, self._intentions.of(row.grant))

    def _count(self, group: _Alike) -> None:
        """Counts the resources for each grant that reaches them, and for each that alone gives one of the levels."""
        givers: defaultdict[Level, set[GrantKey]] = defaultdict(set)
        for way in group.ways:
            for level in way.levels:
                givers[level].add(way.access.grant.key)
        for key in set[GrantKey]().union(*givers.values()):
            self.reached[key] += len(group.resources)
        for key in {next(iter(keys)) for keys in givers.values() if len(keys) == 1}:
            self.lost[key] += len(group.resources)

    def rows(self) -> Iterator[ReachedResources]:
        """The resources, those alike in one row, by layer in the order of the map; the unintended first in each."""
        order = {name: number for number, name in enumerate(self._layers())}
        yield from sorted(
            map(_row, self._alike.values()),
            key=lambda row: (order.get(row.layer, len(order)), not row.is_unintended, row.resources),
        )

    def _layer(self, resource: str) -> str:
        layers = self._intentions.scope.layers(resource) if self._intentions.scope else ()
        return layers[0].name if layers else ""

    def _layers(self) -> list[str]:
        scope = self._intentions.scope
        return [layer.name for layer in scope.platform_map.layers] if scope else []


def _row(group: _Alike) -> ReachedResources:
    states = {
        level: LevelState(intent_of(giving), usage_of(giving))
        for level in LEVELS
        if (giving := [way for way in group.ways if level in way.levels])
    }
    return ReachedResources(group.layer, tuple(sorted(group.resources)), states, group.ways)
