"""Who can read, change or administer a resource: each principal once, with every grant that allows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from insights.access import queries
from insights.access.answers.intent import Intent, Intentions, Judgement
from insights.access.answers.levels import NONE, LevelReader, Levels
from insights.access.iam_conditions import evaluate
from insights.access.model import LEVELS, Access, AccessReport, Level, Ternary, Usage, Use
from insights.access.platform_map import PlatformMap
from insights.access.usage import UsageEvidence
from shared.lazy.dataclass import dataclass

INTENTS = tuple(Intent)
USES = (Use.USED, Use.UNKNOWN, Use.UNUSED)


@dataclass(frozen=True, slots=True)
class Way:
    """A grant that gives a principal access: the levels that it gives, and whether it is intended."""

    access: Access
    levels: Levels
    judgement: Judgement

    @property
    def usage(self) -> Usage:
        """The use of the grant."""
        return self.access.usage


@dataclass(frozen=True, slots=True)
class Holder:
    """A principal with access. `ways` are all the grants that give it, the unintended first."""

    principal: str
    ways: tuple[Way, ...]

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that all grants together give."""
        held = NONE.union(*(way.levels for way in self.ways))
        return tuple(level for level in LEVELS if level in held)

    @property
    def intent(self) -> Intent:
        """Intended if at least one grant is intended; unintended if no grant is intended and at least one is unintended."""
        return intent_of(self.ways)

    @property
    def usage(self) -> Usage:
        """The latest use of the grants; unused only if no grant was used, unknown if the use of at least one is unknown."""
        return usage_of(self.ways)


@dataclass(frozen=True, slots=True)
class ResourceAccess:
    """Every principal with a level of access to a resource, the unintended first. `all_holders` counts all levels.

    `intentions` and `evidence` assess further grants as of the same time.
    """

    resource: str
    chain: tuple[str, ...]
    holders: tuple[Holder, ...]
    all_holders: int
    report: AccessReport
    intentions: Intentions
    evidence: UsageEvidence

    @property
    def unintended(self) -> int:
        """The number of principals whose access is unintended."""
        return sum(holder.intent is Intent.UNINTENDED for holder in self.holders)


def intent_of(ways: Iterable[Way]) -> Intent:
    """The intent of several grants that give the same access: intended if at least one is intended."""
    return intent_of_all({way.judgement.intent for way in ways})


def intent_of_all(intents: Collection[Intent]) -> Intent:
    """The intent of a principal from the intents of its grants."""
    order = (Intent.INTENDED, Intent.BASELINE, Intent.UNINTENDED)
    return next((intent for intent in order if intent in intents), Intent.UNKNOWN)


def usage_of(ways: Iterable[Way]) -> Usage:
    """The use of several grants that give the same access."""
    usages = sorted((way.usage for way in ways), key=lambda usage: USES.index(usage.state))
    used = [usage for usage in usages if usage.last_used is not None]
    return max(used, key=lambda usage: str(usage.last_used)) if used else usages[0]


def on_resource(
    session: Session,
    resource: str,
    at: datetime,
    *,
    may: Level,
    platform_map: PlatformMap | None,
    days: int,
    with_use: bool = True,
) -> ResourceAccess:
    """Every principal with a level of access to a resource at a time, with the use in the `days` before.

    A grant whose condition is not met at that time gives no access. Without `with_use` the use of every grant is
    unknown; `assessed` then determines it for the principals that a page shows, because it is the slowest part.
    """
    evidence = UsageEvidence(session, at, days, on_demand=True)
    found = queries.granted(session, resource, at, evidence=evidence)
    intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, at)
    levels = LevelReader(evidence.roles)
    evidence.roles.prepare({row.grant.role for row in found.rows})
    by_principal: dict[str, list[Way]] = {}
    for row in found.rows:
        held = levels.levels(row.grant.role, resource)
        if held and evaluate(row.grant.condition, at) is not Ternary.NO:
            by_principal.setdefault(row.principal, []).append(Way(row, held, intentions.of(row.grant)))
    everybody = [Holder(name, tuple(sorted(ways, key=_order))) for name, ways in by_principal.items()]
    chosen = sorted((_answer(holder, may) for holder in everybody if may in holder.levels), key=_by_intent)
    chain = tuple(evidence.hierarchy.chain(resource))
    answer = ResourceAccess(resource, chain, tuple(chosen), len(everybody), found, intentions, evidence)
    return replace(answer, holders=assessed(answer, chosen)) if with_use else answer


def grants_that_give(session: Session, may: Level, resource: str, at: datetime, *, days: int) -> AccessReport:
    """The answer of `queries.who` with only those grants that give a level.

    Like in `on_resource`, a role whose permissions are unknown gives every level, and a grant whose condition is not met
    at that time gives none.
    """
    evidence = UsageEvidence(session, at, days, on_demand=True)
    answer = queries.who(session, resource, at, days=days, evidence=evidence)
    evidence.roles.prepare({row.grant.role for row in answer.rows})
    levels = LevelReader(evidence.roles)
    rows = [
        row
        for row in answer.rows
        if may in levels.levels(row.grant.role, resource) and evaluate(row.grant.condition, at) is not Ternary.NO
    ]
    return replace(answer, rows=rows)


def _answer(holder: Holder, may: Level) -> Holder:
    """The holder with the grants that answer the question first, then those that give other levels."""
    return Holder(holder.principal, tuple(sorted(holder.ways, key=lambda way: may not in way.levels)))


def assessed(answer: ResourceAccess, holders: Sequence[Holder]) -> tuple[Holder, ...]:
    """Adds the use of their grants to these principals: unintended principals first, and among these the principals with used grants."""
    accesses = [way.access for holder in holders for way in holder.ways]
    used = {_key(row): row for row in queries.with_usage(answer.evidence, accesses)}
    found = (
        replace(holder, ways=tuple(replace(way, access=used[_key(way.access)]) for way in holder.ways))
        for holder in holders
    )
    return tuple(sorted(found, key=_rank))


def _key(row: Access) -> tuple[str, tuple[str, str, str, str], tuple[str, ...]]:
    return row.principal, row.grant.key, row.path


def _order(way: Way) -> tuple[int, int, bool, str]:
    return (INTENTS.index(way.judgement.intent), len(way.access.path), way.access.inherited, way.access.grant.role)


def _by_intent(holder: Holder) -> tuple[int, str]:
    return (INTENTS.index(holder.intent), holder.principal)


def _rank(holder: Holder) -> tuple[int, int, str]:
    return (INTENTS.index(holder.intent), USES.index(holder.usage.state), holder.principal)


@dataclass(frozen=True, slots=True)
class AccessDifference:
    """A principal whose access differs between two times.

    `before` or `after` is None if the principal had no access then.
    """

    principal: str
    before: Holder | None
    after: Holder | None


def differences(before: Sequence[Holder], after: Sequence[Holder], may: Level) -> list[AccessDifference]:
    """The principals that gained a level of access, lost it, or have it through other grants, ordered by name."""
    earlier, later = ({holder.principal: holder for holder in holders} for holders in (before, after))
    return [
        AccessDifference(name, earlier.get(name), later.get(name))
        for name in sorted({*earlier, *later})
        if _grants(earlier.get(name), may) != _grants(later.get(name), may)
    ]


def _grants(holder: Holder | None, may: Level) -> frozenset[tuple[str, str, str, str]]:
    return frozenset(way.access.grant.key for way in holder.ways if may in way.levels) if holder else frozenset()
