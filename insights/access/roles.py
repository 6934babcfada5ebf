"""What roles let do at a time: by their names, else by the permissions that a snapshot read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Role
from insights.access.role_levels import Ability, ability

DISABLED = "DISABLED"  # a custom role in this stage gives nothing (iam/docs/creating-custom-roles)


class RoleAbilities:
    """Roles at one time; each is read once."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._session = session
        self._at = at
        self._known: dict[str, Ability] = {}

    def ability(self, role: str) -> Ability:
        """What a role lets do; its level is None where nobody knows."""
        if role not in self._known:
            self._known[role] = ability(role, self._permissions(role))
        return self._known[role]

    def _permissions(self, role: str) -> list[str] | None:
        """Its permissions then. Of a time before it was first read: those that were read first."""
        rows = list(self._session.scalars(select(Role).where(Role.name == role).order_by(Role.valid_from)))
        if not rows:
            return None
        begun = [row for row in rows if row.valid_from <= self._at]
        row = begun[-1] if begun else rows[0]
        if row.valid_to is not None and row.valid_to <= self._at:
            return None
        return [] if row.stage == DISABLED else list(row.permissions)
