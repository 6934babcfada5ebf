"""Access that the platform's map intends, that somebody had, and that was taken away.

What a persona never had since the map asks for it is drift (drift.py) and no change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.sanitize import clean_key
from db.schema_db.models import Binding, Intention, Resource, UserAction
from db.schema_db.write.facts import table_of
from db.schema_db.write.upsert import insert
from insights.access.bulk_membership import Memberships
from insights.access.drift.expected import ExpectedAccess, intentions
from insights.access.drift.scope import LayerScope
from insights.access.effective_permissions import EffectivePermissions, needs
from insights.access.grants import CHUNK, grant_of, valid
from insights.access.iam_conditions import Ternary, holds, over_since
from insights.access.model import AccessGrant
from insights.access.platform_map import PlatformMap
from insights.access.roles import RoleAbilities

EVER = datetime.min.replace(tzinfo=UTC)
# Methods of audit entries that end a dataset, a bucket or a topic, in small letters.
DELETIONS = ("deletedataset", "datasets.delete", "deletebucket", "buckets.delete", "deletetopic", "topics.delete")


@dataclass(frozen=True, slots=True)
class RevokedAccess:
    """Intended access that is gone from `resources`, because `grant` ended."""

    intended: ExpectedAccess
    grant: AccessGrant
    resources: tuple[str, ...]

    @property
    def ran_out(self) -> bool:
        """Whether nobody took the grant away: its condition came to an end."""
        end = self.grant.valid_to
        return end is not None and holds(self.grant.condition, end) is Ternary.NO

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What makes it the same loss at another time."""
        asked = self.intended
        return (asked.persona, asked.member, asked.layer.name, asked.level, self.grant.resource)


def begin(session: Session, intended: PlatformMap, now: datetime) -> dict[str, datetime]:
    """Since when the checks see each thing that the map asks for, by its key; what is new begins now."""
    wanted = {item.key: item for item in intentions(intended)}
    known = {row.key: row.since for row in session.scalars(select(Intention))}
    new = [_row(item, now) for key, item in sorted(wanted.items()) if key not in known]
    if new:
        session.connection().execute(insert(session, table_of(Intention)).on_conflict_do_nothing(), new)
    gone = sorted(known.keys() - wanted.keys())
    for start in range(0, len(gone), CHUNK):
        session.execute(delete(Intention).where(Intention.key.in_(gone[start : start + CHUNK])))
    return {key: known.get(key, now) for key in wanted}


def _row(item: ExpectedAccess, now: datetime) -> dict[str, object]:
    return {
        "key": item.key,
        "persona": clean_key(item.persona, 200),
        "member": clean_key(item.member, 400),
        "layer": clean_key(item.layer.name, 200),
        "level": item.level,
        "since": now,
    }


def losses(
    session: Session,
    intended: PlatformMap,
    since: Mapping[str, datetime],
    now: datetime,
    known: Callable[[RevokedAccess], bool] | None = None,
) -> Iterator[RevokedAccess]:
    """What was lost since the map asks for it and is not back; and whatever is `known` as lost and is not back.

    Of a group it counts what is granted to it, not who leaves it.
    """
    asked = list(intentions(intended))
    circles = Memberships(session, now)
    names = {member: circles.names(member) for member in {item.member for item in asked}}
    start = EVER if known else min(since.values(), default=now)
    ended = _ended(session, set().union(*names.values()), start, now)
    platform = _Platform(session, intended, now)
    for item in asked if ended else ():
        for loss in platform.lost(item, names[item.member], ended):
            lost_at = loss.grant.valid_to or now
            if lost_at > since[item.key] or (known is not None and known(loss)):
                yield loss


def _ended(session: Session, members: Collection[str], start: datetime, now: datetime) -> list[AccessGrant]:
    """Grants that were taken away since, and those whose condition came to an end, which is then their own."""
    found: list[AccessGrant] = []
    ordered = sorted(members)
    for at in range(0, len(ordered), CHUNK):
        query = select(Binding).where(Binding.member.in_(ordered[at : at + CHUNK]))
        gone = Binding.valid_to.is_not(None) & (Binding.valid_to > start) & (Binding.valid_to <= now)
        grants = map(grant_of, session.scalars(query.where(gone | (valid(now) & (Binding.condition_key != "")))))
        found += [ended for grant in grants if (ended := _as_ended(grant, now)) and (ended.valid_to or now) > start]
    return sorted(found, key=lambda grant: (grant.valid_to or now, grant.resource, grant.role, grant.member))


def _as_ended(grant: AccessGrant, now: datetime) -> AccessGrant | None:
    """The grant with the end of what it gave; None if it still gives something, or never did."""
    end = grant.valid_to or now
    if holds(grant.condition, end) is not Ternary.NO:
        return grant if grant.valid_to else None
    over = over_since(grant.condition, end)
    return replace(grant, valid_to=over, exact_to=True, revoked_by=None) if over and over > grant.valid_from else None


class _Platform:
    """What the layers hold, where it hangs, and who has access; read when somebody asks."""

    def __init__(self, session: Session, intended: PlatformMap, now: datetime) -> None:
        self._session = session
        self._intended = intended
        self._now = now
        self._book = RoleAbilities(session, now)

    def lost(self, item: ExpectedAccess, names: Collection[str], ended: Sequence[AccessGrant]) -> list[RevokedAccess]:
        """What one intention lost, one loss for each place where a grant ended. `ended` is ordered by its end."""
        mine = [grant for grant in ended if grant.member in names]
        held = EffectivePermissions(self._session, self._book, names, self._now) if mine else None
        found: dict[str, tuple[AccessGrant, list[str]]] = {}
        for resource, places in self._resources[item.layer.name] if mine else ():
            wanted = needs(resource, item.level)
            last = self._last(wanted, mine, places, held)
            if last and self._is_there(resource, last):
                latest, resources = found.setdefault(last.resource, (last, []))
                resources.append(resource)
                found[last.resource] = (max(latest, last, key=lambda grant: grant.valid_to or self._now), resources)
        return [RevokedAccess(item, grant, tuple(resources)) for grant, resources in found.values()]

    def _last(
        self,
        wanted: frozenset[str],
        mine: Sequence[AccessGrant],
        places: Collection[str],
        held: EffectivePermissions | None,
    ) -> AccessGrant | None:
        """The last of the grants by whose end it was lost; None if it was not, perhaps not, or never had."""
        if held is None or held.has(wanted, places)[0] is not Ternary.NO:
            return None
        missing = wanted - held.surely(places)
        useful = [(grant, self._works(grant) & missing) for grant in mine if grant.resource in places]
        gone = [(grant, works) for grant, works in useful if works]
        return gone[-1][0] if missing <= frozenset().union(*(works for _, works in gone)) else None

    def _works(self, grant: AccessGrant) -> frozenset[str]:
        ability = self._book.ability(grant.role)
        return frozenset() if ability.level is None else ability.works

    @cached_property
    def _resources(self) -> dict[str, list[tuple[str, set[str]]]]:
        """The datasets, buckets and topics of each layer, each with all whose policy holds on it."""
        reach = LayerScope(self._session, self._intended, self._now, with_missing=True)
        return {layer: [(name, set(reach.chain(name))) for name in names] for layer, names in reach.resources.items()}

    @cached_property
    def _missing(self) -> set[str]:
        return set(self._session.scalars(select(Resource.name).where(Resource.missing_since.is_not(None))))

    def _is_there(self, resource: str, ended: AccessGrant) -> bool:
        """Whether the resource still exists, as far as is known.

        The search tells no policy that lost its last binding from a resource that is gone. It is still there when the
        audit log shows that the binding was taken from it, and nobody deleted it since.
        """
        if resource not in self._missing:
            return True
        return ended.resource == resource and ended.exact_to and not self._is_deleted(resource, ended.valid_to or EVER)

    def _is_deleted(self, resource: str, since: datetime) -> bool:
        methods = select(UserAction.method).where(UserAction.resource == resource, UserAction.last_at >= since)
        return any(method.lower().endswith(DELETIONS) for method in self._session.scalars(methods))
