"""Access that the platform's map intends, that somebody had, and that was taken away.

What a persona never had since the map asks for it is drift (drift.py) and no change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.clean import clean_key
from db.schema_db.access_model import Grant
from db.schema_db.drift import SERVICES, mapped
from db.schema_db.grants import CHUNK, grant_of, to
from db.schema_db.identities import groups_of
from db.schema_db.models import Binding, Intention, Resource, UserAction
from db.schema_db.places import all_ancestors_at
from db.schema_db.upsert import insert
from db.schema_db.write_facts import table_of
from shared.iam_names import EVERYBODY, parents
from shared.platform_map import Layer, PlatformMap, kind_of
from shared.role_levels import Level, enables

EVER = datetime.min.replace(tzinfo=UTC)
# Methods of audit entries that end a dataset, a bucket or a topic, in small letters.
DELETIONS = ("deletedataset", "datasets.delete", "deletebucket", "buckets.delete", "deletetopic", "topics.delete")


@dataclass(frozen=True, slots=True)
class Intended:
    """What the map asks for: a member of a persona may do a level's work in a layer."""

    persona: str
    member: str
    layer: Layer
    level: Level

    @property
    def key(self) -> str:
        """Its name. A layer with other patterns is another one: it asks for other things."""
        parts = [self.persona, self.member, self.layer.name, sorted(self.layer.patterns.items()), self.level]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Loss:
    """Intended access that is gone from `resources`, because `grant` ended."""

    intended: Intended
    grant: Grant
    resources: tuple[str, ...]

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What makes it the same loss at another time."""
        asked = self.intended
        return (asked.persona, asked.member, asked.layer.name, asked.level, self.grant.resource)


def intentions(intended: PlatformMap) -> Iterator[Intended]:
    """Everything that the map asks for; patterns of members ask for nobody."""
    for persona in intended.personas:
        for allowance in persona.allowances:
            for layer in intended.layers if allowance.level else ():
                for member in persona.members if allowance.is_for(layer.name) else ():
                    if "*" not in member and allowance.level:
                        yield Intended(persona.name, member, layer, allowance.level)


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


def _row(item: Intended, now: datetime) -> dict[str, object]:
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
    known: Callable[[Loss], bool] | None = None,
) -> Iterator[Loss]:
    """What was lost since the map asks for it and is not back; and whatever is `known` as lost and is not back.

    Of a group it counts what is granted to it, not who leaves it.
    """
    asked = list(intentions(intended))
    names = {item.member: {item.member, *groups_of(session, item.member, now), *EVERYBODY} for item in asked}
    start = EVER if known else min(since.values(), default=now)
    ended = _ended(session, set().union(*names.values()), start, now)
    platform = _Platform(session, intended, now)
    for item in asked if ended else ():
        for loss in platform.lost(item, names[item.member], ended):
            lost_at = loss.grant.valid_to or now
            if lost_at > since[item.key] or (known is not None and known(loss)):
                yield loss


def _ended(session: Session, members: Collection[str], start: datetime, now: datetime) -> list[Grant]:
    found: list[Grant] = []
    ordered = sorted(members)
    for at in range(0, len(ordered), CHUNK):
        query = select(Binding).where(Binding.member.in_(ordered[at : at + CHUNK]))
        rows = session.scalars(query.where(Binding.valid_to > start, Binding.valid_to <= now))
        found += [grant_of(row) for row in rows]
    return sorted(found, key=lambda grant: (grant.valid_to or now, grant.resource, grant.role, grant.member))


class _Platform:
    """What the layers hold, where it hangs, and who has access; read when somebody asks."""

    def __init__(self, session: Session, intended: PlatformMap, now: datetime) -> None:
        self._session = session
        self._intended = intended
        self._now = now

    def lost(self, item: Intended, names: Collection[str], ended: Sequence[Grant]) -> list[Loss]:
        """What one intention lost, one loss for each place where a grant ended. `ended` is ordered by its end."""
        mine = [grant for grant in ended if grant.member in names]
        held = [(grant.resource, grant.role) for grant in to(self._session, names, self._now)] if mine else []
        found: dict[str, tuple[Grant, list[str]]] = {}
        for resource, service, places in self._resources[item.layer.name] if mine else ():
            useful = [grant for grant in mine if grant.resource in places and enables(grant.role, item.level, service)]
            if not useful or any(place in places and enables(role, item.level, service) for place, role in held):
                continue
            if self._is_there(resource, useful[-1]):
                last, resources = found.setdefault(useful[-1].resource, (useful[-1], []))
                resources.append(resource)
                last = max(last, useful[-1], key=lambda grant: grant.valid_to or self._now)
                found[last.resource] = (last, resources)
        return [Loss(item, grant, tuple(resources)) for grant, resources in found.values()]

    @cached_property
    def _resources(self) -> dict[str, list[tuple[str, str, set[str]]]]:
        """The datasets, buckets and topics of each layer, each with its service and all whose policy holds on it."""
        above = all_ancestors_at(self._session, self._now)
        found = mapped(self._session, self._intended)
        return {
            layer: [(name, SERVICES[kind_of(name)[0]], {name, *parents(name, above.get(name, []))}) for name in names]
            for layer, names in found.items()
        }

    @cached_property
    def _missing(self) -> set[str]:
        return set(self._session.scalars(select(Resource.name).where(Resource.missing_since.is_not(None))))

    def _is_there(self, resource: str, ended: Grant) -> bool:
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
