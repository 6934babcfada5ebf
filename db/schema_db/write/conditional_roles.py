"""Resolves roles with conditions in audit entries, which read roles/NAME_withcond_HASH without the condition.

Policies of a version before 3 show conditional bindings this way
(docs.cloud.google.com/iam/docs/troubleshooting-withcond). The hash cannot be computed from the condition, so a snapshot
has to see the binding: if the member has the role on the resource with a single condition, it is that one. Until then
the change waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange

MARK = "_withcond_"


def resolved(session: Session, changes: Iterable[BindingChange]) -> list[BindingChange]:
    """The changes whose role and condition are known, with the real values instead of masked ones."""
    return [change for change in changes if MARK not in change.role or _unmask(session, change)]


def unresolved(session: Session, resources: Sequence[str]) -> list[BindingChange]:
    """Changes of these resources that wait for a snapshot."""
    masked = BindingChange.role.contains(MARK, autoescape=True)
    return list(session.scalars(select(BindingChange).where(BindingChange.resource.in_(resources), masked)))


def _unmask(session: Session, change: BindingChange) -> bool:
    role = change.role.rpartition(MARK)[0]
    rows = session.execute(
        select(Binding.condition_key, Binding.condition).where(
            Binding.resource == change.resource,
            Binding.role == role,
            Binding.member == change.member,
            Binding.condition_key != "",
        )
    ).all()
    if len({row.condition_key for row in rows}) != 1:
        return False
    change.role, change.condition_key, change.condition = role, rows[0].condition_key, rows[0].condition
    return True
