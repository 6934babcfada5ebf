"""What everybody may do: calls to what is public leave no entry (docs.cloud.google.com/logging/docs/audit).

So a use of a grant that lets do the same there would not be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from insights.access.usage.periods import Period
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.role_permissions import PermissionsOverTime, RolePermissions
from shared.iam_names import EVERYBODY, MANAGER, containers

MOST = 20_000  # answers that are remembered
Granted = tuple[str, str]  # resource and role


class PublicGrants:
    """Grants to everybody in a window; read once, and found by what they are on or in."""

    def __init__(self, session: Session, window: Period, places: ReachedResources, roles: PermissionsOverTime) -> None:
        self._places = places
        self._roles = roles
        self._on: dict[str, list[Granted]] = {}
        self._in: dict[str, list[Granted]] = {}
        self._found: dict[tuple[str, frozenset[str], frozenset[str]], str] = {}
        still = or_(Binding.valid_to.is_(None), Binding.valid_to > window[0])
        to_everybody = (Binding.member.in_(EVERYBODY), Binding.valid_from <= window[1], still)
        query = select(Binding.resource, Binding.role).where(*to_everybody).distinct()
        for resource, role in session.execute(query.order_by(*query.selected_columns)):
            self._on.setdefault(resource, []).append((resource, role))
            for place in self._above(resource):
                self._in.setdefault(place, []).append((resource, role))

    def same_as(self, resource: str, scope: RolePermissions) -> str:
        """A public resource on which a grant lets do what everybody may, empty for none."""
        if not self._on:
            return ""
        key = (resource, scope.permissions, scope.services)
        if key not in self._found:
            if len(self._found) >= MOST:
                self._found.clear()
            near = (public for public, role in self._near(resource) if scope.shares(self._roles.scope(role)))
            self._found[key] = next(near, "")
        return self._found[key]

    def _near(self, resource: str) -> Iterator[Granted]:
        """What is public there, above it or in it."""
        for place in (resource, *sorted(self._above(resource))):
            yield from self._on.get(place, [])
        yield from self._in.get(resource, [])

    def _above(self, resource: str) -> set[str]:
        """Everything that it was in at any moment."""
        homes = [resource.removeprefix(MANAGER)] if self._places.is_level(resource) else self._places.below(resource)
        levels = {level for home in homes for level in (home, *self._places.above(home))}
        return {*containers(resource), *(MANAGER + level for level in levels)} - {resource}
