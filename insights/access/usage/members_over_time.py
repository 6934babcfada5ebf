"""Who was behind a member, and when: groups in groups, and convenience members, over the whole of a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, GroupMember
from insights.access.membership import CONVENIENCE
from insights.access.usage.coverage import EvidenceCoverage
from insights.access.usage.periods import Period, common, cover, joined, overlap
from insights.access.usage.principal_names import DOMAIN, is_agent, logged_as
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from shared.iam_names import EVERYBODY, MANAGER

# Who came was there at most since the look before the one that saw it; two looks that cover a time are not further
# apart (collectors/history_analysis/iam/groups.py).
BEFORE = timedelta(hours=36)


@dataclass(slots=True)
class MemberExpansion:
    """The names that logs have for who is behind a member, with the periods; `perhaps` where it is not certain.

    `nodes` has every member on the way, groups too; `seen` is for the expansion alone.
    """

    certain: dict[str, list[Period]] = field(default_factory=dict)
    perhaps: dict[str, list[Period]] = field(default_factory=dict)
    doubts: list[UnknownReason] = field(default_factory=list)
    nodes: dict[str, list[Period]] = field(default_factory=dict)
    seen: dict[tuple[str, bool], list[Period]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Everybody."""
        return set(self.certain) | set(self.perhaps)

    def all_of(self, name: str) -> list[Period]:
        """When somebody was inside, surely or perhaps."""
        return [*self.certain.get(name, []), *self.perhaps.get(name, [])]

    def within(self, periods: list[Period]) -> MemberExpansion:
        """The same, in these periods alone."""
        found = MemberExpansion(doubts=list(self.doubts), nodes=self.nodes)
        for mine, theirs in ((self.certain, found.certain), (self.perhaps, found.perhaps)):
            theirs.update({name: shared for name, had in mine.items() if (shared := common(had, periods))})
        return found


class MemberExpander:
    """Expands members."""

    def __init__(self, session: Session, window: Period, covered: EvidenceCoverage, places: ReachedResources) -> None:
        self._session = session
        self._window = window
        self._covered = covered
        self._places = places
        self._known: dict[str, MemberExpansion] = {}

    def behind(self, member: str, principal: str) -> MemberExpansion:
        """Who used what `member` was granted, as `principal`: the member itself, or somebody who has it through it."""
        mine = self.inside(principal)
        if principal == member:
            return mine
        whole = self.inside(member)
        periods = whole.nodes.get(principal)
        if periods is None:  # of a domain, or of everybody
            return mine
        found = mine.within(periods)
        if not cover(periods, self._covered.needed):
            found.doubts.append(
                UnknownReason(ReasonKind.NEW, f"{principal} was in {member} for a part of the time only")
            )
        return found

    def inside(self, member: str) -> MemberExpansion:
        """Everybody behind a member."""
        if member not in self._known:
            found = MemberExpansion()
            self._expand(member, [self._window], found, certain=True)
            if len(self._known) > 10_000:  # people, one by one
                self._known.clear()
            self._known[member] = found
        return self._known[member]

    def _expand(self, member: str, periods: list[Period], found: MemberExpansion, *, certain: bool) -> None:
        seen = found.seen.setdefault((member, certain), [])
        if all(cover(seen, period) for period in periods):
            return
        found.seen[member, certain] = list(joined([*seen, *periods]))
        found.nodes[member] = list(joined([*found.nodes.get(member, []), *periods]))
        kind, _, name = member.partition(":")
        if kind == "group":
            self._group(member, name, periods, found, certain=certain)
        elif kind in CONVENIENCE:
            self._convenience(kind, name, periods, found, certain=certain)
        else:
            _one(member, periods, found, certain=certain)

    def _group(self, member: str, group: str, periods: list[Period], found: MemberExpansion, *, certain: bool) -> None:
        if not self._covered.is_whole(f"group/{group}", periods):
            found.doubts.append(
                UnknownReason(ReasonKind.GROUP, f"the members of {group} are not known for all of the time")
            )
        for row in self._session.execute(_members(group, self._window)):
            for inner, is_certain, times in self._spans(row.member, row.valid_from, row.valid_to, periods):
                if inner != member:
                    self._expand(inner, times, found, certain=certain and is_certain)

    def _convenience(
        self, kind: str, project: str, periods: list[Period], found: MemberExpansion, *, certain: bool
    ) -> None:
        """Who has the basic role on the project; whether what is inherited counts too is not written anywhere."""
        level = f"projects/{project}"
        if not self._places.is_read(level):
            found.doubts.append(
                UnknownReason(ReasonKind.GROUP, f"who has {CONVENIENCE[kind]} on {project} is not known")
            )
        for place in sorted({level, *self._places.above(level)}):
            for row in self._session.execute(_holders(place, CONVENIENCE[kind], self._window)):
                for inner, is_certain, times in self._spans(row.member, row.valid_from, row.valid_to, periods):
                    self._expand(inner, times, found, certain=certain and is_certain and place == level)

    def _spans(
        self, member: str, start: Any, end: Any, periods: list[Period]
    ) -> Iterator[tuple[str, bool, list[Period]]]:
        """When somebody was surely inside, and when perhaps already."""
        certain = overlap((start, end or self._window[1]), self._window)
        if certain and (shared := common([certain], periods)):
            yield member, True, shared
        before = overlap((start - BEFORE, start), self._window)
        if before and (shared := common([before], periods)):
            yield member, False, shared


def _one(member: str, periods: list[Period], found: MemberExpansion, *, certain: bool) -> None:
    name = logged_as(member)
    if name is None:
        words = "calls by everybody are" if member in EVERYBODY else f"what {member} does is"
        found.doubts.append(UnknownReason(ReasonKind.NAMELESS, f"{words} not logged with a name that is known"))
        return
    if name.startswith(DOMAIN):
        words = f"who is of {name.removeprefix(DOMAIN)} may have addresses of other domains"
        found.doubts.append(UnknownReason(ReasonKind.NAMELESS, words))
    if is_agent(name):
        found.doubts.append(UnknownReason(ReasonKind.AGENT, f"{name} is a service agent of Google"))
    kept = found.certain if certain else found.perhaps
    kept[name] = list(joined([*kept.get(name, []), *periods]))


def _members(group: str, window: Period) -> Any:
    still = or_(GroupMember.valid_to.is_(None), GroupMember.valid_to > window[0])
    columns = (GroupMember.member, GroupMember.valid_from, GroupMember.valid_to)
    inside = (GroupMember.group == group, GroupMember.valid_from <= window[1], still)
    return select(*columns).where(*inside).order_by(GroupMember.member, GroupMember.valid_from)


def _holders(level: str, role: str, window: Period) -> Any:
    still = or_(Binding.valid_to.is_(None), Binding.valid_to > window[0])
    columns = (Binding.member, Binding.valid_from, Binding.valid_to)
    granted = (Binding.resource == MANAGER + level, Binding.role == role, Binding.valid_from <= window[1], still)
    return select(*columns).where(*granted).order_by(Binding.member, Binding.valid_from)
