"""Access that the platform map expects, that a member had, and that was revoked or expired.

Expected access that a member never had is drift (compare.py), not a revocation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.insert import insert
from db.sanitize import clean_key
from db.schema_db.models import Binding, MapExpectation, Resource, UserAction
from db.schema_db.selection import EVER, chunks, valid_at
from db.tables import table_of
from insights.access.drift.layer_scope import LayerScope
from insights.access.grants import EffectivePermissions, grant_of, needed_on
from insights.access.hierarchy import Hierarchy
from insights.access.iam_conditions import evaluate, expired_at
from insights.access.membership import Memberships
from insights.access.model import AccessGrant, Ternary
from insights.access.platform_map import ExpectedAccess, PlatformMap, expectations
from insights.access.roles import Roles

# Methods of audit entries that delete a dataset, a bucket or a topic, in lower case.
DELETIONS = ("deletedataset", "datasets.delete", "deletebucket", "buckets.delete", "deletetopic", "topics.delete")


@dataclass(frozen=True, slots=True)
class RevokedAccess:
    """Expected access to `resources` that a member lost because `grant` ended."""

    expected: ExpectedAccess
    grant: AccessGrant
    resources: tuple[str, ...]

    @property
    def is_expired(self) -> bool:
        """Whether the grant expired (its condition is no longer met) rather than being revoked."""
        end = self.grant.valid_to
        return end is not None and evaluate(self.grant.condition, end) is Ternary.NO

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """Identifies the loss across checks: persona, member, layer, level and resource of the grant."""
        expected = self.expected
        return (expected.persona, expected.member, expected.layer.name, expected.level, self.grant.resource)


def record_expectations(session: Session, platform_map: PlatformMap, now: datetime) -> dict[str, datetime]:
    """Since when the map has had each expectation, by key. New expectations are recorded as of now."""
    expected = {item.key: item for item in expectations(platform_map)}
    recorded = {row.key: row.since for row in session.scalars(select(MapExpectation))}
    new = [_row(item, now) for key, item in sorted(expected.items()) if key not in recorded]
    if new:
        session.connection().execute(insert(session, table_of(MapExpectation)).on_conflict_do_nothing(), new)
    for some in chunks(sorted(recorded.keys() - expected.keys())):
        session.execute(delete(MapExpectation).where(MapExpectation.key.in_(some)))
    return {key: recorded.get(key, now) for key in expected}


def _row(item: ExpectedAccess, now: datetime) -> dict[str, object]:
    return {
        "key": item.key,
        "persona": clean_key(item.persona, 200),
        "member": clean_key(item.member, 400),
        "layer": clean_key(item.layer.name, 200),
        "level": item.level,
        "since": now,
    }


def revoked_access(
    session: Session,
    platform_map: PlatformMap,
    since: Mapping[str, datetime],
    now: datetime,
    is_reported: Callable[[RevokedAccess], bool] | None = None,
) -> Iterator[RevokedAccess]:
    """Expected access that was revoked and not granted again, including losses for which `is_reported` returns True.

    For a group, the grants to the group are compared; members that leave the group are not reported.
    """
    expected = list(expectations(platform_map))
    memberships = Memberships(session, (now, now), read_all=True)
    names = {member: memberships.names(member) for member in {item.member for item in expected}}
    start = EVER if is_reported else min(since.values(), default=now)
    ended = _ended(session, frozenset().union(*names.values()), start, now)
    finder = _Finder(session, platform_map, now)
    for item in expected if ended else ():
        for revoked in finder.revoked(item, names[item.member], ended):
            end = revoked.grant.valid_to or now
            if end > since[item.key] or (is_reported is not None and is_reported(revoked)):
                yield revoked


def _ended(session: Session, members: Collection[str], start: datetime, now: datetime) -> list[AccessGrant]:
    """Grants that were revoked since, and grants whose condition expired, each with its end; ordered by that end."""
    ended: list[AccessGrant] = []
    for some in chunks(sorted(members)):
        query = select(Binding).where(Binding.member.in_(some))
        revoked = Binding.valid_to.is_not(None) & (Binding.valid_to > start) & (Binding.valid_to <= now)
        conditional = valid_at(Binding, now) & (Binding.condition_key != "")
        grants = [_as_ended(grant_of(row), now) for row in session.scalars(query.where(revoked | conditional))]
        ended += [grant for grant in grants if grant and (grant.valid_to or now) > start]
    return sorted(ended, key=lambda grant: (grant.valid_to or now, grant.resource, grant.role, grant.member))


def _as_ended(grant: AccessGrant, now: datetime) -> AccessGrant | None:
    """The grant with the end of its effect; None if it is still in effect, or never was."""
    end = grant.valid_to or now
    if evaluate(grant.condition, end) is not Ternary.NO:
        return grant if grant.valid_to else None
    expired = expired_at(grant.condition, end)
    if expired is None or expired <= grant.valid_from:
        return None
    return replace(grant, valid_to=expired, exact_to=True, revoked_by=None)


class _Finder:
    """Finds the grants whose end removed expected access. Data is read on first use."""

    def __init__(self, session: Session, platform_map: PlatformMap, now: datetime) -> None:
        self._session = session
        self._map = platform_map
        self._now = now
        self._roles = Roles(session, (now, now))

    def revoked(
        self, item: ExpectedAccess, members: Collection[str], ended: Sequence[AccessGrant]
    ) -> list[RevokedAccess]:
        """The expected access that is missing because grants ended: one value for each resource with such a grant."""
        own = [grant for grant in ended if grant.member in members]
        if not own:
            return []
        permissions = EffectivePermissions(self._session, self._roles, members, self._now)
        by_resource: dict[str, tuple[AccessGrant, list[str]]] = {}
        for resource, chain in self._resources[item.layer.name]:
            last = self._last(needed_on(resource, item.level), own, chain, permissions)
            if last and self._exists(resource, last):
                latest, resources = by_resource.setdefault(last.resource, (last, []))
                resources.append(resource)
                latest = max(latest, last, key=lambda grant: grant.valid_to or self._now)
                by_resource[last.resource] = (latest, resources)
        return [RevokedAccess(item, grant, tuple(resources)) for grant, resources in by_resource.values()]

    def _last(
        self,
        required: frozenset[str],
        ended: Sequence[AccessGrant],
        chain: Collection[str],
        permissions: EffectivePermissions,
    ) -> AccessGrant | None:
        """The grant whose end removed the access last; None if the member may still have it, or never had it."""
        if permissions.include(required, chain)[0] is not Ternary.NO:
            return None
        missing = required - permissions.certain(chain)
        on_chain = [(grant, self._permissions_of(grant) & missing) for grant in ended if grant.resource in chain]
        useful = [(grant, gave) for grant, gave in on_chain if gave]
        return useful[-1][0] if missing <= frozenset().union(*(gave for _, gave in useful)) else None

    def _permissions_of(self, grant: AccessGrant) -> frozenset[str]:
        ability = self._roles.ability(grant.role)
        return frozenset() if ability.level is None else ability.data_permissions

    @cached_property
    def _resources(self) -> dict[str, list[tuple[str, set[str]]]]:
        """The datasets, buckets and topics of each layer, each with all resources whose policies apply to it."""
        hierarchy = Hierarchy(self._session, (self._now, self._now))
        scope = LayerScope(self._map, hierarchy, with_missing=True)
        return {
            layer: [(name, set(hierarchy.chain(name))) for name in names] for layer, names in scope.resources.items()
        }

    @cached_property
    def _missing(self) -> set[str]:
        return set(self._session.scalars(select(Resource.name).where(Resource.missing_since.is_not(None))))

    def _exists(self, resource: str, ended: AccessGrant) -> bool:
        """Whether a resource still exists, as far as the history shows.

        The search returns neither a deleted resource nor one whose policy lost its last binding. The resource still
        exists if the audit log has the removal of that binding, and no deletion since.
        """
        if resource not in self._missing:
            return True
        return ended.resource == resource and ended.exact_to and not self._is_deleted(resource, ended.valid_to or EVER)

    def _is_deleted(self, resource: str, since: datetime) -> bool:
        methods = select(UserAction.method).where(UserAction.resource == resource, UserAction.last_at >= since)
        return any(method.lower().endswith(DELETIONS) for method in self._session.scalars(methods))
