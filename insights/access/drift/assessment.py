"""Each grant against the platform's map; its use is not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from insights.access.bulk_membership import Memberships
from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.baseline import Baseline, standing
from insights.access.drift.scope import LayerScope
from insights.access.grants import grant_of, valid
from insights.access.iam_conditions import Ternary, holds
from insights.access.model import Access, AccessGrant
from insights.access.platform_map import Layer, Persona, PlatformMap, explained_by
from insights.access.role_levels import Ability
from insights.access.roles import RoleAbilities
from shared.iam_names import MANAGER


def judge(
    session: Session, intended: PlatformMap, at: datetime, reach: LayerScope | None = None
) -> Iterator[AssessedGrant]:
    """Every grant that the map says something about, ordered by resource."""
    judging = _Judging(session, reach or LayerScope(session, intended, at), at)
    query = select(Binding).where(valid(at)).order_by(Binding.resource, Binding.role, Binding.member)
    for row in session.scalars(query.execution_options(yield_per=2_000)):
        grant = grant_of(row)
        session.expunge(row)
        judged = judging.of(grant)
        if judged is not None:
            yield judged


class _Judging:
    """The map, with what was there at the time."""

    def __init__(self, session: Session, reach: LayerScope, at: datetime) -> None:
        self._circles = Memberships(session, at)
        self._reach = reach
        self._map = reach.intended
        self._book = RoleAbilities(session, at)
        self._at = at
        self._personas: dict[str, list[Persona]] = {}
        self._place = ("", False)  # the last resource, and whether the map says something about it

    def of(self, grant: AccessGrant) -> AssessedGrant | None:
        """None for a grant of which the map says nothing."""
        if not self._is_judged(grant.resource) or self._map.is_excepted(grant.member, grant.role):
            return None
        ability, counts = self._book.ability(grant.role), holds(grant.condition, self._at)
        layers = self._reach.layers(grant.resource, ability.services)
        personas = self._of(grant.member)
        persona = explained_by(personas, ability, grant.resource, layers)
        why = None if persona else self._standing(grant, ability, layers)
        return AssessedGrant(
            Access(grant.member, grant, inherited=False),
            ability,
            persona,
            tuple(layer.name for layer in layers),
            self._reach.count(grant.resource),
            Baseline.OVER if counts is Ternary.NO else why,
            counts,
            () if persona or why else tuple(item.name for item in personas if not item.is_everybody),
        )

    def _standing(self, grant: AccessGrant, ability: Ability, layers: Sequence[Layer]) -> Baseline | None:
        container = grant.resource.startswith(MANAGER)
        if container and not layers and (self._reach.layers(grant.resource) or not ability.services):
            return Baseline.ASIDE
        return standing(grant, ability, self._reach.project(grant.resource))

    def _is_judged(self, resource: str) -> bool:
        if self._place[0] != resource:
            self._place = (resource, bool(self._reach.layers(resource)) or self._map.names(resource))
        return self._place[1]

    def _of(self, member: str) -> list[Persona]:
        """The personas of a member, by itself and by everything that it is in."""
        if member not in self._personas:
            self._personas[member] = self._map.personas_of(self._circles.names(member))
        return self._personas[member]
