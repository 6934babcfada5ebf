"""What the personas of the platform's map should have and do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Coverage
from insights.access.bulk_membership import Memberships
from insights.access.drift.expected import ExpectedAccess, intentions
from insights.access.drift.scope import LayerScope
from insights.access.effective_permissions import EffectivePermissions, needs
from insights.access.grants import CHUNK, valid
from insights.access.iam_conditions import Ternary
from insights.access.model import Observation
from insights.access.role_levels import ORDER
from insights.access.roles import RoleAbilities
from shared.iam_names import MANAGER


@dataclass(frozen=True, slots=True)
class MissingAccess:
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


class MissingAccessFinder:
    """What was there to be had, and who had it. `unsure` counts what was perhaps not there, and is not judged."""

    def __init__(
        self, session: Session, reach: LayerScope, book: RoleAbilities, looks: Sequence[Observation], at: datetime
    ) -> None:
        self._session = session
        self._reach = reach
        self._book = book
        self._at = at
        self._circles = Memberships(session, at)
        everything = sorted({name for names in reach.resources.values() for name in names})
        there = self._there(everything, looks)
        self.unsure = len(everything) - len(there)
        self._resources = {
            layer: [(name, reach.chain(name)) for name in names if name in there]
            for layer, names in reach.resources.items()
        }
        self._held: dict[str, EffectivePermissions] = {}
        self._hidden: EffectivePermissions | None = None

    def all(self) -> Iterator[MissingAccess]:
        """Every lack, those that are certain and those that are not apart."""
        for item in _highest(intentions(self._reach.intended)):
            certain: list[str] = []
            doubtful: dict[str, list[str]] = {}
            for resource, places in self._resources[item.layer.name]:
                has, doubt = self._has(item, resource, places)
                if has is Ternary.NO:
                    certain.append(resource)
                elif has is Ternary.PERHAPS:
                    doubtful.setdefault(doubt, []).append(resource)
            lack = MissingAccess(item.persona, item.member, item.layer.name, str(item.level), (), self._size(item))
            if certain:
                yield replace(lack, resources=tuple(certain))
            for doubt, resources in doubtful.items():
                yield replace(lack, resources=tuple(resources), doubt=doubt)

    def _size(self, item: ExpectedAccess) -> int:
        return len(self._resources[item.layer.name])

    def _has(self, item: ExpectedAccess, resource: str, places: list[str]) -> tuple[Ternary, str]:
        wanted = needs(resource, item.level)
        member = item.member
        if member not in self._held:
            names = self._circles.names(member)
            self._held[member] = EffectivePermissions(self._session, self._book, names, self._at)
        has, doubt = self._held[member].has(wanted, places)
        if has is not Ternary.NO or not member.startswith(("user:", "serviceAccount:")):
            return has, doubt
        if self._hidden is None:
            self._hidden = EffectivePermissions(
                self._session, self._book, unread_groups(self._session, self._at), self._at
            )
        missing = wanted - self._held[member].surely(places)
        if missing <= self._hidden.surely(places):
            return Ternary.PERHAPS, "groups whose members are not known"
        return has, doubt

    def _there(self, names: Sequence[str], looks: Sequence[Observation]) -> set[str]:
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


def _highest(items: Iterable[ExpectedAccess]) -> list[ExpectedAccess]:
    """Of what a member is meant to do in a layer the most: who lacks less lacks that too."""
    found: dict[tuple[str, str, str], ExpectedAccess] = {}
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
