"""Access as it is against access as the platform's map intends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db import gaps
from db.schema_db.access_model import Access, Look, Usage, Use
from db.schema_db.evidence import Evidence
from db.schema_db.grants import grant_of, on, valid
from db.schema_db.identities import groups_of
from db.schema_db.models import Binding, Resource
from db.schema_db.places import chain
from shared.iam_names import EVERYBODY
from shared.platform_map import Allowance, Layer, Persona, PlatformMap, kind_of
from shared.role_levels import enables

SERVICES = {"datasets": "bigquery", "buckets": "storage", "topics": "pubsub"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A grant with what the map and the logs say of it. `persona` is whom it is meant for, empty: nobody."""

    access: Access
    persona: str
    layers: tuple[str, ...]

    @property
    def state(self) -> str:
        """Whether it is intended, and whether it is used: intended or unintended + used, unused or unknown."""
        return f"{'intended' if self.persona else 'unintended'}+{self.access.usage.state}"


@dataclass(frozen=True, slots=True)
class Lack:
    """A member of a persona that has no role for what it is meant to do with a resource."""

    persona: str
    member: str
    layer: str
    resource: str
    what: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Grants that no persona explains (or all, if asked), what personas lack, what was not judged, what was looked at."""

    grants: list[Judged]
    lacks: list[Lack]
    notes: list[str]
    looks: list[Look]


def drift(session: Session, intended: PlatformMap, at: datetime, *, days: int, with_intended: bool = False) -> Drift:
    """Everything that is not as intended at a time; with the grants that are, if asked."""
    evidence = Evidence(session, at, days)
    grants = []
    for judged in judge(session, intended, at):
        if with_intended or not judged.persona:
            usage = evidence.usage(judged.access.grant, judged.access.principal)
            grants.append(_with_usage(judged, usage))
    resources = mapped(session, intended)
    outside = session.scalars(select(Resource.name).where(Resource.missing_since.is_(None)))
    ignored = sum(bool(kind_of(name)[0]) and not intended.is_judged(name) for name in outside)
    notes = [f"{ignored:,} datasets, buckets and topics are in no layer and were not judged"] if ignored else []
    covered = gaps.everywhere(session, at)
    return Drift(grants, list(_lacks(session, intended, resources, at)), [*covered.notes, *notes], covered.looks)


def judge(session: Session, intended: PlatformMap, at: datetime) -> Iterator[Judged]:
    """Every grant that the map says something about, ordered by resource; its use is not looked at."""
    layers: dict[str, tuple[str, ...] | None] = {}
    groups: dict[str, list[str]] = {}
    query = select(Binding).where(valid(at)).order_by(Binding.resource, Binding.role, Binding.member)
    for row in session.scalars(query.execution_options(yield_per=2_000)):
        grant = grant_of(row)
        session.expunge(row)
        if grant.resource not in layers:
            names = tuple(layer.name for layer in intended.layers_of(grant.resource))
            layers = {grant.resource: names if intended.is_judged(grant.resource) else None}
        found = layers[grant.resource]
        if found is None or intended.is_excepted(grant.member, grant.role):
            continue
        if grant.member not in groups:
            groups[grant.member] = [grant.member, *groups_of(session, grant.member, at)]
        persona = intended.explains(groups[grant.member], grant.role, grant.resource)
        yield Judged(Access(grant.member, grant, inherited=False), persona, found)


def _with_usage(judged: Judged, usage: Usage) -> Judged:
    access = judged.access
    return Judged(Access(access.principal, access.grant, access.inherited, (), usage), judged.persona, judged.layers)


def mapped(session: Session, intended: PlatformMap) -> dict[str, list[str]]:
    """The datasets, buckets and topics of each layer, by the layer's name."""
    found: dict[str, list[str]] = {layer.name: [] for layer in intended.layers}
    for name in session.scalars(select(Resource.name).order_by(Resource.name)):
        if kind_of(name)[0] and "/tables/" not in name:
            for layer in intended.layers_of(name):
                found[layer.name].append(name)
    return found


def _lacks(session: Session, intended: PlatformMap, resources: dict[str, list[str]], at: datetime) -> Iterator[Lack]:
    for layer in intended.layers:
        for resource in resources[layer.name]:
            held = [(grant.member, grant.role) for grant in on(session, chain(session, resource, at), at)]
            if held or _is_there(session, resource, at):
                for persona in intended.personas:
                    yield from _lacks_of(session, persona, layer, resource, held, at)


def _is_there(session: Session, resource: str, at: datetime) -> bool:
    """Whether the resource was there: it is not missing now."""
    row = session.get(Resource, resource)
    return row is not None and (row.missing_since is None or row.missing_since > at)


def _lacks_of(
    session: Session, persona: Persona, layer: Layer, resource: str, held: list[tuple[str, str]], at: datetime
) -> Iterator[Lack]:
    service = SERVICES[kind_of(resource)[0]]
    for allowance in persona.allowances:
        if not allowance.is_for(layer.name) or allowance.level is None:
            continue
        for member in persona.members:
            if "*" in member:
                continue
            names = {member, *groups_of(session, member, at), *EVERYBODY}
            if not any(who in names and enables(role, allowance.level, service) for who, role in held):
                yield Lack(persona.name, member, layer.name, resource, _what(allowance))


def _what(allowance: Allowance) -> str:
    return str(allowance.level or ", ".join(allowance.roles))


def summary(grants: list[Judged]) -> dict[str, int]:
    """How many grants are in each state."""
    found = {f"{intent}+{use}": 0 for intent in ("intended", "unintended") for use in Use}
    for judged in grants:
        found[judged.state] += 1
    return found
