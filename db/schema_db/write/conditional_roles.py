"""Roles with conditions as audit entries name them: roles/NAME_withcond_HASH, and the condition is not told.

That is how a policy of a version before 3 has a conditional binding (docs.cloud.google.com/iam/docs/troubleshooting-
withcond). The hash cannot be computed from the condition, so a snapshot has to see the binding; where it has one
condition for this member and role on the resource, that is the one. Until then the change waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange

MARK = "_withcond_"


def known(session: Session, changes: Iterable[BindingChange]) -> list[BindingChange]:
    """The changes whose role is known, the real role and condition put into those that were masked."""
    return [change for change in changes if MARK not in change.role or _unmask(session, change)]


def waiting(session: Session, resources: Sequence[str]) -> list[BindingChange]:
    """Changes of these resources that wait for a snapshot."""
    masked = BindingChange.role.contains(MARK, autoescape=True)
    return list(session.scalars(select(BindingChange).where(BindingChange.resource.in_(resources), masked)))


def _unmask(session: Session, change: BindingChange) -> bool:
    role = change.role.rpartition(MARK)[0]
    found = session.execute(
        select(Binding.condition_key, Binding.condition).where(
            Binding.resource == change.resource,
            Binding.role == role,
            Binding.member == change.member,
            Binding.condition_key != "",
        )
    ).all()
    if len({row.condition_key for row in found}) != 1:
        return False
    change.role, change.condition_key, change.condition = role, found[0].condition_key, found[0].condition
    return True
