"""What somebody may do with data by everything that it has together: surely, perhaps, or not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from insights.access.grants import to
from insights.access.iam_conditions import Ternary, holds
from insights.access.platform_map import SERVICES, kind_of
from insights.access.role_levels import Level, needed
from insights.access.roles import RoleAbilities


def needs(resource: str, level: Level) -> frozenset[str]:
    """The permissions that a level's work with a dataset, a bucket or a topic takes."""
    return needed(level, SERVICES[kind_of(resource)[0]])


class EffectivePermissions:
    """The grants to some names at a time, by the place of each. What a role permits may be unknown: perhaps it does."""

    def __init__(self, session: Session, book: RoleAbilities, names: Collection[str], at: datetime) -> None:
        self._sure: dict[str, frozenset[str]] = {}
        self._perhaps: dict[str, dict[str, frozenset[str]]] = {}
        for grant in to(session, names, at):
            ability, counts = book.ability(grant.role), holds(grant.condition, at)
            if counts is Ternary.NO:
                continue
            place = grant.resource
            if counts is Ternary.YES and ability.level is not None:
                self._sure[place] = self._sure.get(place, frozenset()) | ability.works
                continue
            doubt = f"the condition of {grant.role}" if counts is Ternary.PERHAPS else f"what {grant.role} permits"
            found = self._perhaps.setdefault(place, {})
            found[doubt] = found.get(doubt, frozenset()) | ability.works

    def surely(self, places: Collection[str]) -> frozenset[str]:
        """What is had for certain on something that hangs below these places."""
        return frozenset[str]().union(*(self._sure.get(place, frozenset()) for place in places))

    def has(self, wanted: frozenset[str], places: Collection[str]) -> tuple[Ternary, str]:
        """Whether all that is wanted is had there; with what it depends on, if perhaps."""
        missing = wanted - self.surely(places)
        if not missing:
            return Ternary.YES, ""
        doubts = []
        for place in places:
            for doubt, works in self._perhaps.get(place, {}).items():
                if works & missing:
                    doubts.append(doubt)
                    wanted = wanted - works
        left = wanted - self.surely(places)
        return (Ternary.PERHAPS, ", ".join(dict.fromkeys(doubts))) if not left else (Ternary.NO, "")
