"""What the personas of the platform's map should have and do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Coverage
from insights.access.bulk_membership import Circles
from insights.access.drift.expected import Intended, intentions
from insights.access.drift.scope import Reach
from insights.access.effective_permissions import Held, needs
from insights.access.grants import CHUNK, valid
from insights.access.iam_conditions import Holds
from insights.access.model import Look
from insights.access.role_levels import ORDER
from insights.access.roles import RoleBook
from shared.iam_names import MANAGER


@dataclass(frozen=True, slots=True)
class Lack:
    """A member of a persona that cannot do what it is meant to on `resources`, of so many in the layer.

    `doubt` says on what it depends, where it is not certain that the member cannot.
    """

    persona: str
    member: str
    layer: str
    what: str
    resources: tuple[str, ...]
    of: int
    doubt: str = ""


class Lacks:
    """What was there to be had, and who had it. `unsure` counts what was perhaps not there, and is not judged."""

    def __init__(self, session: Session, reach: Reach, book: RoleBook, looks: Sequence[Look], at: datetime) -> None:
        self._session = session
        self._reach = reach
        self._book = book
        self._at = at
        self._circles = Circles(session, at)
        everything = sorted({name for names in reach.resources.values() for name in names})
        there = self._there(everything, looks)
        self.unsure = len(everything) - len(there)
        self._resources = {
            layer: [(name, reach.chain(name)) for name in names if name in there]
            for layer, names in reach.resources.items()
        }
        self._held: dict[str, Held] = {}
        self._hidden: Held | None = None

    def all(self) -> Iterator[Lack]:
        """Every lack, those that are certain and those that are not apart."""
        for item in _highest(intentions(self._reach.intended)):
            certain: list[str] = []
            doubtful: dict[str, list[str]] = {}
            for resource, places in self._resources[item.layer.name]:
                has, doubt = self._has(item, resource, places)
                if has is Holds.NO:
                    certain.append(resource)
                elif has is Holds.PERHAPS:
                    doubtful.setdefault(doubt, []).append(resource)
            lack = Lack(item.persona, item.member, item.layer.name, str(item.level), (), self._size(item))
            if certain:
                yield replace(lack, resources=tuple(certain))
            for doubt, resources in doubtful.items():
                yield replace(lack, resources=tuple(resources), doubt=doubt)

    def _size(self, item: Intended) -> int:
        return len(self._resources[item.layer.name])

    def _has(self, item: Intended, resource: str, places: list[str]) -> tuple[Holds, str]:
        wanted = needs(resource, item.level)
        member = item.member
        if member not in self._held:
            names = self._circles.names(member)
            self._held[member] = Held(self._session, self._book, names, self._at)
        has, doubt = self._held[member].has(wanted, places)
        if has is not Holds.NO or not member.startswith(("user:", "serviceAccount:")):
            return has, doubt
        if self._hidden is None:
            self._hidden = Held(self._session, self._book, unread_groups(self._session, self._at), self._at)
        missing = wanted - self._held[member].surely(places)
        if missing <= self._hidden.surely(places):
            return Holds.PERHAPS, "groups whose members are not known"
        return has, doubt

    def _there(self, names: Sequence[str], looks: Sequence[Look]) -> set[str]:
        """What was surely there then: somebody had looked, and had seen a binding if it is past."""
        past = any(look.next is not None for look in looks)
        looked = {MANAGER + look.scope for look in looks if look.last is not None}
        found = {name for name in names if looked.intersection(self._scopes(name) or looked)}
        return found & self._bound(sorted(found)) if past else found

    def _scopes(self, name: str) -> list[str]:
        return [place for place in self._reach.chain(name) if place.startswith(MANAGER)]

    def _bound(self, names: Sequence[str]) -> set[str]:
        """Those on which somebody had been granted something until then, or of which nothing tells when they came."""
        found = set(names)
        for start in range(0, len(names), CHUNK):
            first = select(Binding.resource).where(Binding.resource.in_(names[start : start + CHUNK]))
            later = first.group_by(Binding.resource).having(func.min(Binding.valid_from) > self._at)
            found -= set(self._session.scalars(later))
        return found


def _highest(items: Iterable[Intended]) -> list[Intended]:
    """Of what a member is meant to do in a layer the most: who lacks less lacks that too."""
    found: dict[tuple[str, str, str], Intended] = {}
    for item in items:
        key = (item.persona, item.member, item.layer.name)
        if key not in found or ORDER.index(item.level) > ORDER.index(found[key].level):
            found[key] = item
    return list(found.values())


def unread_groups(session: Session, at: datetime, groups: Collection[str] | None = None) -> list[str]:
    """The groups with a grant, or these, whose members are not known at a time."""
    if groups is None:
        query = select(Binding.member).where(Binding.member.startswith("group:"), valid(at))
        groups = set(session.scalars(query.distinct()))
    known = set(
        session.scalars(select(Coverage.subject).where(Coverage.subject.startswith("group/"), Coverage.since <= at))
    )
    return sorted(group for group in groups if f"group/{group.removeprefix('group:')}" not in known)
