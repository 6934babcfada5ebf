"""What a role permitted, and whether a call needed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Role, UserAction
from insights.access.usage.actions import LoggedCalls
from insights.access.usage.audited_services import ANY, is_audited, services_of
from insights.access.usage.coverage import EvidenceCoverage
from insights.access.usage.periods import Period
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from insights.access.usage.unlogged_permissions import unlogged, why

OWNER = "roles/owner"
# What they are known by when they were not read; an editor may not do everything.
BASIC = {
    OWNER: "acting as a service account",
    "roles/editor": "acting as a service account",
    "roles/viewer": "looking into a cluster",
}
TWICE = timedelta(hours=36)  # two changes of a role that one look may have seen as one
MANY = 50  # permissions that are kept of the calls of an hour: there may have been more


class Fit(Enum):
    """Whether a role was needed for a call."""

    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """What a role let do in a time: permissions, the APIs they belong to ("*": any), and doubts about both."""

    permissions: frozenset[str]
    services: frozenset[str]
    unread: Fit = Fit.NO
    doubts: tuple[UnknownReason, ...] = ()

    def fits(self, call: LoggedCalls) -> Fit:
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

    def shares(self, other: RolePermissions) -> bool:
        """Whether both let do something that is the same."""
        if self.permissions and other.permissions:
            return bool(self.permissions & other.permissions)
        return ANY in (self.services | other.services) or bool(self.services & other.services) or not other.services


class PermissionsOverTime:
    """Roles as they were at any moment of a time; each is read once."""

    def __init__(self, session: Session, window: Period, covered: EvidenceCoverage) -> None:
        self._session = session
        self._covered = covered
        self._window = window
        self._known: dict[str, RolePermissions] = {}

    def scope(self, role: str) -> RolePermissions:
        """What the role let do. A role that was not read is only known to be owner, editor or viewer."""
        if role not in self._known:
            self._known[role] = self._read(role)
        return self._known[role]

    def _read(self, name: str) -> RolePermissions:
        start, at = self._window
        still = or_(Role.valid_to.is_(None), Role.valid_to > start)
        rows = list(self._session.scalars(select(Role).where(Role.name == name, Role.valid_from <= at, still)))
        if not rows:
            return _unread(name)
        permissions = frozenset(item for row in rows for item in row.permissions)
        services = frozenset(service for item in permissions for service in services_of(item))
        doubts = [*_unseen(permissions), *self._unknown(name, min(row.valid_from for row in rows))]
        return RolePermissions(permissions, services, doubts=tuple(doubts))

    def _unknown(self, name: str, first: datetime) -> Iterator[UnknownReason]:
        """Whether it may have permitted something that no look saw."""
        if first > self._window[0] or not self._covered.is_whole(f"role/{name}"):
            yield UnknownReason(ReasonKind.ROLE, f"the permissions of {name} are not known for all of the time")
        elif not name.startswith("roles/") and self._changed_twice(name):
            yield UnknownReason(ReasonKind.ROLE, f"{name} was changed more than once within a day")

    def _changed_twice(self, name: str) -> bool:
        """Whether a custom role was changed and changed again before the next look."""
        a, (start, at) = UserAction, self._window
        here = (a.resource == f"//iam.googleapis.com/{name}", a.hour > start - TWICE, a.hour <= at)
        query = select(a.first_at, a.last_at, a.count - a.denied).where(*here, a.method.contains("Role"))
        times = [time for first, last, count in self._session.execute(query) for time in (first, last)[:count]]
        times.sort()
        return any(later - earlier <= TWICE for earlier, later in pairwise(times))


def _unseen(permissions: frozenset[str]) -> Iterator[UnknownReason]:
    """What of it logs do not show, or are not known to show."""
    if hidden := unlogged(permissions):
        line = why(hidden)
        told = f" ({line.why}: {line.source})" if line else ""
        yield UnknownReason(ReasonKind.UNLOGGED, f"the use of {hidden} is not logged{told}")
    elif strange := min((item for item in permissions if not is_audited(item)), default=""):
        yield UnknownReason(ReasonKind.UNLOGGED, f"it is not known which uses of {strange} are logged")


def _unread(name: str) -> RolePermissions:
    if name in BASIC:
        doubt = UnknownReason(ReasonKind.UNLOGGED, f"it permits what is never logged, such as {BASIC[name]}")
        return RolePermissions(frozenset(), frozenset({ANY}), Fit.YES if name == OWNER else Fit.PERHAPS, (doubt,))
    return RolePermissions(
        frozenset(), frozenset(), doubts=(UnknownReason(ReasonKind.ROLE, f"the permissions of {name} are not known"),)
    )
