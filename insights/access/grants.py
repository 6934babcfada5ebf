"""Grants at a time, and the effective permissions of several grants together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import Period, rows_in, valid_in
from insights.access.iam_conditions import evaluate
from insights.access.model import AccessGrant, Level, Ternary
from insights.access.platform_map import SERVICES, kind_of
from insights.access.roles import Roles, needed
from shared.texts import EMPTY, Text, joined
from shared.texts.access import coverage as texts

COLUMNS = (
    Binding.resource, Binding.role, Binding.member, Binding.condition, Binding.valid_from, Binding.valid_to,
    Binding.exact_from, Binding.exact_to, Binding.granted_by, Binding.revoked_by,
)  # fmt: skip
NOTHING = frozenset[str]()


def grant_of(row: Any) -> AccessGrant:
    """Converts a row of bindings to a grant."""
    return AccessGrant(
        row.resource,
        row.role,
        row.member,
        row.condition,
        row.valid_from,
        row.valid_to,
        row.exact_from,
        row.exact_to,
        row.granted_by,
        row.revoked_by,
    )


def grants_on(session: Session, resources: Sequence[str], at: datetime) -> Iterator[AccessGrant]:
    """The grants on these resources themselves, without inherited ones."""
    return _grants(session, Binding.resource, resources, (at, at))


def grants_during(session: Session, resources: Sequence[str], window: Period, *, most: int) -> list[AccessGrant]:
    """The grants on these resources themselves that were valid at some time of a window; the first `most`, by resource."""
    return list(islice(_grants(session, Binding.resource, resources, window, most), most))


def grants_to(
    session: Session, members: Iterable[str], at: datetime, *, most: int | None = None
) -> Iterator[AccessGrant]:
    """The grants directly to these members, without those of their groups; the first `most`, ordered by resource."""
    return islice(_grants(session, Binding.member, sorted(members), (at, at), most), most)


def _grants(
    session: Session, column: Any, values: Sequence[str], window: Period, most: int | None = None
) -> Iterator[AccessGrant]:
    query = select(*COLUMNS).where(valid_in(Binding, window)).limit(most)
    query = query.order_by(Binding.resource, Binding.role, Binding.member, Binding.condition_key)
    yield from map(grant_of, rows_in(session, query, column, values))


def needed_on(resource: str, level: Level) -> frozenset[str]:
    """The permissions that a level on a dataset, a bucket or a topic needs."""
    return needed(level, SERVICES[kind_of(resource)[0]])


class EffectivePermissions:
    """The data permissions that the grants of some members give together, by the resource of each grant.

    A permission is uncertain if the permissions of a role, or the value of a condition, are unknown.
    """

    def __init__(self, session: Session, roles: Roles, members: Collection[str], at: datetime) -> None:
        self._certain: dict[str, frozenset[str]] = {}
        self._uncertain: dict[str, dict[Text, frozenset[str]]] = {}  # with the reason
        for grant in grants_to(session, members, at):
            ability, is_met = roles.ability(grant.role), evaluate(grant.condition, at)
            if is_met is Ternary.YES and ability.level is not None:
                permissions = self._certain.get(grant.resource, NOTHING)
                self._certain[grant.resource] = permissions | ability.data_permissions
            elif is_met is not Ternary.NO:
                unknown = is_met is Ternary.UNKNOWN
                reason = (texts.CONDITION_OF if unknown else texts.PERMISSIONS_OF)(role=grant.role)
                reasons = self._uncertain.setdefault(grant.resource, {})
                reasons[reason] = reasons.get(reason, NOTHING) | ability.data_permissions

    def certain(self, chain: Collection[str]) -> frozenset[str]:
        """The certain permissions on a resource; `chain` is the resource and everything above it."""
        return NOTHING.union(*(self._certain.get(resource, NOTHING) for resource in chain))

    def include(self, required: frozenset[str], chain: Collection[str]) -> tuple[Ternary, Text]:
        """Whether the grants include all required permissions on a resource, and the reasons if this is unknown."""
        missing = required - self.certain(chain)
        if not missing:
            return Ternary.YES, EMPTY
        reasons: list[Text] = []
        uncertain = NOTHING
        for resource in chain:
            for reason, permissions in self._uncertain.get(resource, {}).items():
                if permissions & missing:
                    reasons.append(reason)
                    uncertain |= permissions
        if missing - uncertain:
            return Ternary.NO, EMPTY
        return Ternary.UNKNOWN, joined(dict.fromkeys(reasons))
