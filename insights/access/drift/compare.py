"""Compares actual access with the platform map: grants that no persona explains, and access that personas lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import chunks, valid_at
from insights.access.drift.assessment import AssessedGrant, Baseline, assess, rank
from insights.access.drift.layer_scope import LayerScope
from insights.access.grants import EffectivePermissions, needed_on
from insights.access.membership import Memberships, unread_groups
from insights.access.model import LEVELS, Observation, Ternary
from insights.access.observations import DENIED, coverage_of_all
from insights.access.platform_map import ExpectedAccess, PlatformMap, expectations, is_pattern
from insights.access.roles import Roles
from insights.access.usage import UsageEvidence
from shared.identity.iam_names import MANAGER
from shared.texts import EMPTY, Text, joined
from shared.texts.access import coverage as texts

MOST_NAMES = 5  # group names in a note


@dataclass(frozen=True, slots=True)
class MissingAccess:
    """A member of a persona that lacks its level on `resources`, out of `of` resources in the layer.

    `uncertainty` says why the member may have the access after all; it is empty if the access is certainly missing.
    """

    persona: str
    member: str
    layer: str
    level: str
    resources: tuple[str, ...]
    of: int
    uncertainty: Text = EMPTY

    @property
    def reason(self) -> str:
        """The uncertainty in English, for JSON."""
        return self.uncertainty.en


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences between actual access and the map.

    `grants` are the unintended grants, the most severe first; the other grants follow if they were requested.
    `intended` is the number of grants that a persona explains, `baseline` the number of grants that are only counted.
    `limits` say what the comparison does not cover.
    """

    grants: list[AssessedGrant]
    missing: list[MissingAccess]
    intended: int
    baseline: dict[Baseline, int]
    limits: list[Text]
    observations: list[Observation]

    @property
    def notes(self) -> list[str]:
        """The limits in English, for JSON."""
        return [limit.en for limit in self.limits]

    @property
    def unintended(self) -> list[AssessedGrant]:
        """The grants that no persona explains, the most severe first."""
        return [item for item in self.grants if item.is_unintended]

    @property
    def has_history(self) -> bool:
        """Whether a snapshot had read policies by that time."""
        return any(item.last is not None for item in self.observations)

    @property
    def is_empty(self) -> bool:
        """Whether all access is as intended, as far as that is certain."""
        return self.has_history and not self.unintended and all(item.reason for item in self.missing)


def drift(session: Session, platform_map: PlatformMap, at: datetime, *, days: int, with_all: bool = False) -> Drift:
    """The drift as of `at`, with the use in the `days` before. `with_all` includes the intended grants."""
    evidence = UsageEvidence(session, at, days)
    memberships = Memberships(session, (at, at), read_all=True)
    scope = LayerScope(platform_map, evidence.hierarchy)
    counts: Counter[Baseline | str] = Counter()
    unintended, others = [], []
    for item in assess(session, scope, evidence.roles, memberships, at):
        counts[item.baseline or ("intended" if item.persona else "unintended")] += 1
        if item.is_unintended:
            unintended.append(item)
        elif with_all:
            others.append(item)
    unintended = sorted((_with_usage(item, evidence) for item in unintended), key=rank)
    others = [item if item.baseline else _with_usage(item, evidence) for item in others]
    covered = coverage_of_all(session, at, hierarchy=evidence.hierarchy)
    finder = _MissingAccessFinder(session, scope, evidence.roles, memberships, covered.observations, at)
    missing = list(finder.all())
    limits = [
        *covered.limits,
        *_notes(scope, finder.unseen),
        *_unread(session, scope, unintended, at),
        *([DENIED] if unintended or missing else []),
    ]
    baseline = {why: counts[why] for why in Baseline if counts[why]}
    return Drift([*unintended, *others], missing, counts["intended"], baseline, limits, covered.observations)


def _with_usage(item: AssessedGrant, evidence: UsageEvidence) -> AssessedGrant:
    usage = evidence.usage(item.access.grant, item.access.principal)
    return replace(item, access=replace(item.access, usage=usage))


def _notes(scope: LayerScope, unseen: int) -> list[Text]:
    notes = []
    if scope.others:
        notes.append(texts.IN_NO_LAYER(count=len(scope.others)))
    if unseen:
        notes.append(texts.UNSEEN(count=unseen))
    return notes


def _unread(session: Session, scope: LayerScope, unintended: list[AssessedGrant], at: datetime) -> list[Text]:
    """A note on groups of unknown members, whose members may be principals of unintended grants."""
    if not any(item.access.principal.startswith(("user:", "serviceAccount:")) for item in unintended):
        return []
    members = {item for persona in scope.platform_map.personas for item in persona.members}
    unread = unread_groups(
        session, (item for item in members if item.startswith("group:") and not is_pattern(item)), at
    )
    names = joined(map(Text.verbatim, unread[:MOST_NAMES]))
    if len(unread) > MOST_NAMES:
        names = texts.AND_MORE(names=names, count=len(unread) - MOST_NAMES)
    return [texts.UNKNOWN_GROUPS(groups=names)] if unread else []


class _MissingAccessFinder:
    """Compares the access that the map expects with effective permissions.

    `unseen` counts resources that may not have existed at that time; they are not compared.
    """

    def __init__(
        self,
        session: Session,
        scope: LayerScope,
        roles: Roles,
        memberships: Memberships,
        observations: Sequence[Observation],
        at: datetime,
    ) -> None:
        self._session = session
        self._scope = scope
        self._roles = roles
        self._memberships = memberships
        self._at = at
        names = sorted({name for names in scope.resources.values() for name in names})
        seen = self._seen(names, observations)
        self.unseen = len(names) - len(seen)
        self._resources = {
            layer: [(name, scope.hierarchy.chain(name)) for name in names if name in seen]
            for layer, names in scope.resources.items()
        }
        self._permissions: dict[str, EffectivePermissions] = {}
        self._of_unread_groups: EffectivePermissions | None = None

    def all(self) -> Iterator[MissingAccess]:
        """All missing access; certain and uncertain cases are separate values."""
        for item in _highest(expectations(self._scope.platform_map)):
            resources = self._resources[item.layer.name]
            by_reason: dict[Text, list[str]] = {}
            for resource, chain in resources:
                has, reason = self._has(item, resource, chain)
                if has is not Ternary.YES:
                    by_reason.setdefault(reason, []).append(resource)
            for reason, names in sorted(by_reason.items(), key=lambda pair: bool(pair[0])):
                level, of = str(item.level), len(resources)
                yield MissingAccess(item.persona, item.member, item.layer.name, level, tuple(names), of, reason)

    def _has(self, item: ExpectedAccess, resource: str, chain: list[str]) -> tuple[Ternary, Text]:
        """Whether a member has the level on a resource, and the reason if that is unknown."""
        required, member = needed_on(resource, item.level), item.member
        if member not in self._permissions:
            self._permissions[member] = self._effective(self._memberships.names(member))
        has, reason = self._permissions[member].include(required, chain)
        if has is not Ternary.NO or not member.startswith(("user:", "serviceAccount:")):
            return has, reason
        if self._of_unread_groups is None:
            groups = select(Binding.member).where(Binding.member.startswith("group:"), valid_at(Binding, self._at))
            unread = unread_groups(self._session, set(self._session.scalars(groups.distinct())), self._at)
            self._of_unread_groups = self._effective(unread)
        missing = required - self._permissions[member].certain(chain)
        if missing <= self._of_unread_groups.certain(chain):
            return Ternary.UNKNOWN, texts.GROUPS
        return has, reason

    def _effective(self, members: Iterable[str]) -> EffectivePermissions:
        return EffectivePermissions(self._session, self._roles, list(members), self._at)

    def _seen(self, names: Sequence[str], observations: Sequence[Observation]) -> set[str]:
        """The resources that certainly existed: their scope was observed and, for a past time, a binding is known."""
        observed = {MANAGER + item.scope for item in observations if item.last is not None}
        seen = {name for name in names if observed.intersection(self._levels(name) or observed)}
        is_past = any(item.next is not None for item in observations)
        return seen - self._bound_later(sorted(seen)) if is_past else seen

    def _levels(self, name: str) -> list[str]:
        return [item for item in self._scope.hierarchy.chain(name) if item.startswith(MANAGER)]

    def _bound_later(self, names: Sequence[str]) -> set[str]:
        """The resources whose first binding began after the time."""
        later: set[str] = set()
        for some in chunks(names):
            first = select(Binding.resource).where(Binding.resource.in_(some)).group_by(Binding.resource)
            later.update(self._session.scalars(first.having(func.min(Binding.valid_from) > self._at)))
        return later


def _highest(items: Iterable[ExpectedAccess]) -> list[ExpectedAccess]:
    """The highest level of each member in a layer: a member without a lower level lacks the higher one too."""
    highest: dict[tuple[str, str, str], ExpectedAccess] = {}
    for item in items:
        key = (item.persona, item.member, item.layer.name)
        if key not in highest or LEVELS.index(item.level) > LEVELS.index(highest[key].level):
            highest[key] = item
    return list(highest.values())
