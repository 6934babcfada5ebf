"""What a role permitted, and whether a call needed it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.evidence.actions import Call
from db.schema_db.evidence.doubts import Doubt, Kind
from db.schema_db.evidence.periods import Period
from db.schema_db.evidence.services import ANY, services_of
from db.schema_db.evidence.unlogged import unlogged, why
from db.schema_db.models import Role

OWNER, EDITOR, VIEWER = "roles/owner", "roles/editor", "roles/viewer"
MANY = 50  # permissions that are kept of the calls of an hour: there may have been more


class Fit(Enum):
    """Whether a role was needed for a call."""

    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """What a role let do in a time: permissions, the APIs they belong to ("*": any), and doubts about both."""

    permissions: frozenset[str]
    services: frozenset[str]
    unread: Fit = Fit.NO
    doubts: tuple[Doubt, ...] = ()

    def fits(self, call: Call) -> Fit:
        """By permission where both are known, else by service."""
        if not self.permissions:
            return self.unread
        if self.permissions & call.permissions:
            return Fit.YES
        if call.service not in self.services:
            return Fit.NO
        if not call.permissions:
            return Fit.YES
        mine = {item.partition(".")[0] for item in self.permissions}
        strange = not any(item.partition(".")[0] in mine for item in call.permissions)
        return Fit.PERHAPS if strange or len(call.permissions) >= MANY else Fit.NO

    def shares(self, other: Scope) -> bool:
        """Whether both let do something that is the same."""
        if self.permissions and other.permissions:
            return bool(self.permissions & other.permissions)
        return ANY in (self.services | other.services) or bool(self.services & other.services) or not other.services


class Roles:
    """Roles as they were at any moment of a time; each is read once."""

    def __init__(self, session: Session, window: Period) -> None:
        self._session = session
        self._window = window
        self._known: dict[str, Scope] = {}

    def scope(self, role: str) -> Scope:
        """What the role let do. A role that was not read is only known to be owner, editor or viewer."""
        if role not in self._known:
            self._known[role] = self._read(role)
        return self._known[role]

    def _read(self, name: str) -> Scope:
        start, at = self._window
        still = or_(Role.valid_to.is_(None), Role.valid_to > start)
        rows = list(self._session.scalars(select(Role).where(Role.name == name, Role.valid_from <= at, still)))
        if not rows:
            return _unread(name)
        permissions = frozenset(item for row in rows for item in row.permissions)
        doubts = []
        if hidden := unlogged(permissions):
            line = why(hidden)
            told = f" ({line.why}: {line.source})" if line else ""
            doubts.append(Doubt(Kind.UNLOGGED, f"the use of {hidden} is not logged{told}"))
        if min(row.valid_from for row in rows) > start:
            doubts.append(Doubt(Kind.ROLE, f"the permissions of {name} are not known for all of the time"))
        services = frozenset(service for item in permissions for service in services_of(item))
        return Scope(permissions, services, doubts=tuple(doubts))


def _unread(name: str) -> Scope:
    if name == VIEWER:
        return Scope(frozenset(), frozenset({ANY}), Fit.PERHAPS)
    if name in (OWNER, EDITOR):  # an editor may not do everything
        doubt = Doubt(Kind.UNLOGGED, "it permits what is never logged, such as acting as a service account")
        return Scope(frozenset(), frozenset({ANY}), Fit.YES if name == OWNER else Fit.PERHAPS, (doubt,))
    return Scope(frozenset(), frozenset(), doubts=(Doubt(Kind.ROLE, f"the permissions of {name} are not known"),))
