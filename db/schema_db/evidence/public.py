"""What everybody may do: calls to what is public leave no entry (docs.cloud.google.com/logging/docs/audit).

So a use of a grant that lets do the same there would not be seen.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.evidence.periods import Period
from db.schema_db.evidence.places import Places
from db.schema_db.evidence.roles import Roles, Scope
from db.schema_db.models import Binding
from shared.iam_names import EVERYBODY


class Public:
    """Grants to everybody in a window; read once."""

    def __init__(self, session: Session, window: Period, places: Places, roles: Roles) -> None:
        self._places = places
        self._roles = roles
        still = or_(Binding.valid_to.is_(None), Binding.valid_to > window[0])
        to_everybody = (Binding.member.in_(EVERYBODY), Binding.valid_from <= window[1], still)
        query = select(Binding.resource, Binding.role).where(*to_everybody).distinct()
        self._grants = [(resource, role) for resource, role in session.execute(query.order_by(*query.selected_columns))]

    def same_as(self, resource: str, scope: Scope) -> str:
        """A public resource on which a grant lets do what everybody may, empty for none."""
        for public, role in self._grants:
            if self._is_near(resource, public) and scope.shares(self._roles.scope(role)):
                return public
        return ""

    def _is_near(self, one: str, other: str) -> bool:
        """Whether one of them is in the other."""
        if one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/"):
            return True
        return self._is_in(one, other) or self._is_in(other, one)

    def _is_in(self, resource: str, level: str) -> bool:
        places = self._places
        return places.is_level(level) and bool(places.below(resource).keys() & places.below(level).keys())
