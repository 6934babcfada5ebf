"""Access as it is against access as the platform's map intends it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from insights.access import gaps
from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.assessment import judge
from insights.access.drift.baseline import Baseline
from insights.access.drift.missing_access import MissingAccess, MissingAccessFinder, unread_groups
from insights.access.drift.scope import LayerScope
from insights.access.drift.severity import rank
from insights.access.model import Observation
from insights.access.patterns import is_pattern
from insights.access.platform_map import PlatformMap
from insights.access.queries import DENIED
from insights.access.roles import RoleAbilities
from insights.access.usage import UsageEvidence


@dataclass(frozen=True, slots=True)
class Drift:
    """What is not as intended.

    `grants` are those that no persona explains, the gravest first; then, if asked, all others. `intended` counts those
    that are as intended, `standing` those that stand for themselves. `notes` say what was not judged, and `looks` what
    was looked at.
    """

    grants: list[AssessedGrant]
    lacks: list[MissingAccess]
    intended: int
    standing: dict[Baseline, int]
    notes: list[str]
    looks: list[Observation]

    @property
    def wrong(self) -> list[AssessedGrant]:
        """The grants that no persona explains."""
        return [judged for judged in self.grants if judged.is_wrong]

    @property
    def is_known(self) -> bool:
        """Whether a snapshot had read policies by then."""
        return any(look.last is not None for look in self.looks)

    @property
    def is_empty(self) -> bool:
        """Whether all is as intended, as far as is known for certain."""
        return self.is_known and not self.wrong and all(lack.doubt for lack in self.lacks)


def drift(session: Session, intended: PlatformMap, at: datetime, *, days: int, with_all: bool = False) -> Drift:
    """Everything that is not as intended at a time; with the grants that are, if asked."""
    reach = LayerScope(session, intended, at)
    counts: Counter[Baseline | str] = Counter()
    wrong, others = [], []
    for judged in judge(session, intended, at, reach):
        counts[judged.standing or ("intended" if judged.persona else "wrong")] += 1
        if judged.is_wrong:
            wrong.append(judged)
        elif with_all:
            others.append(judged)
    evidence = UsageEvidence(session, at, days)
    wrong = sorted((_used(judged, evidence) for judged in wrong), key=rank)
    others = [judged if judged.standing else _used(judged, evidence) for judged in others]
    covered = gaps.everywhere(session, at)
    lacks = MissingAccessFinder(session, reach, RoleAbilities(session, at), covered.looks, at)
    found = list(lacks.all())
    notes = [
        *covered.notes,
        *_notes(reach, lacks),
        *_unread(session, reach, wrong, at),
        *([DENIED] if wrong or found else []),
    ]
    standing = {why: counts[why] for why in Baseline if counts[why]}
    return Drift([*wrong, *others], found, counts["intended"], standing, notes, covered.looks)


def _used(judged: AssessedGrant, evidence: UsageEvidence) -> AssessedGrant:
    usage = evidence.usage(judged.access.grant, judged.access.principal)
    return replace(judged, access=replace(judged.access, usage=usage))


def _notes(reach: LayerScope, lacks: MissingAccessFinder) -> list[str]:
    """What was not judged."""
    notes = []
    if reach.others:
        notes.append(f"{len(reach.others):,} datasets, buckets and topics are in no layer and were not judged")
    if lacks.unsure:
        notes.append(f"what personas lack on {lacks.unsure:,} resources is not known: nobody had seen them by then")
    return notes


def _unread(session: Session, reach: LayerScope, wrong: list[AssessedGrant], at: datetime) -> list[str]:
    """Groups of personas whose people may be among those who seem to be nobody."""
    if not any(judged.access.principal.startswith(("user:", "serviceAccount:")) for judged in wrong):
        return []
    groups = {item for persona in reach.intended.personas for item in persona.members if _is_group(item)}
    unread = unread_groups(session, at, groups)
    names = ", ".join(unread[:5]) + (f" and {len(unread) - 5} more" if len(unread) > 5 else "")
    return [f"who is in {names} is not known: its people look as if nobody meant them"] if unread else []


def _is_group(member: str) -> bool:
    return member.startswith("group:") and not is_pattern(member)
