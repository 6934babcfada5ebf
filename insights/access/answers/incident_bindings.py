"""The bindings that an incident is about: those of its accounts on its resource and on the ancestors, then and now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from insights.access import queries
from insights.access.answers.intent import Intentions, Judgement
from insights.access.grants import COLUMNS, grant_of
from insights.access.membership import Memberships
from insights.access.model import Access
from insights.access.observations import HistoryBeginnings
from insights.access.platform_map import PlatformMap
from insights.access.principals import members_called
from insights.access.resource_notation import resource_name
from insights.access.usage import UsageEvidence
from insights.causes import names
from insights.causes.affected import Affected, affected_by
from shared.errors import InputError
from shared.model import ErrorClass, IncidentKind
from shared.records import IncidentView

CHANGED_WITHIN = timedelta(days=7)  # before the incident
MOST_BINDINGS, MOST_READ, MOST_ACCOUNTS = 8, 50, 3
LABELS = ("member", "principal")  # of the account that received access


@dataclass(frozen=True, slots=True)
class IncidentBinding:
    """A binding, with its use if it still exists. `then` and `now` say whether it was valid at the incident, and is now.

    `was_granted` and `was_removed` say whether that happened within CHANGED_WITHIN before the incident, or since then.
    """

    access: Access
    judgement: Judgement
    then: bool
    now: bool
    was_granted: bool
    was_removed: bool


@dataclass(frozen=True, slots=True)
class IncidentBindings:
    """The bindings of accounts on a resource; both are empty if the incident is not about access."""

    resource: str = ""
    accounts: tuple[str, ...] = ()
    bindings: tuple[IncidentBinding, ...] = ()


def is_about_access(incident: IncidentView) -> bool:
    """Whether bindings matter to an incident: irregular access, or a job that was refused."""
    return incident.kind is IncidentKind.IRREGULAR_ACCESS or incident.error is ErrorClass.PERMISSION


def incident_bindings(
    session: Session, incident: IncidentView, now: datetime, *, platform_map: PlatformMap | None, days: int
) -> IncidentBindings:
    """The bindings, those that changed first; use in the `days` before `now`, intent as of `now`."""
    if not is_about_access(incident):
        return IncidentBindings()
    affected = affected_by(session, incident)
    resource, accounts = _resource(affected), _accounts(affected)
    if not resource or not accounts:
        return IncidentBindings(resource, accounts)
    evidence = UsageEvidence(session, now, days, on_demand=True)
    rows = _accesses(session, accounts, evidence.hierarchy.chain(resource), incident.opened_at, now)
    used = {
        (row.principal, row.grant): row
        for row in queries.with_usage(evidence, [row for row in rows if _is_valid(row, now)])
    }
    intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, now)
    beginnings = HistoryBeginnings(session, [row.grant for row in rows])
    since = incident.opened_at - CHANGED_WITHIN
    found = [
        IncidentBinding(
            access=used.get((row.principal, row.grant), row),
            judgement=intentions.of(row.grant),
            then=_is_valid(
                row,
                max(incident.opened_at, row.grant.valid_from) if beginnings.is_older(row.grant) else incident.opened_at,
            ),
            now=_is_valid(row, now),
            was_granted=row.grant.valid_from > since and not beginnings.is_older(row.grant),
            was_removed=row.grant.valid_to is not None and row.grant.valid_to <= now,
        )
        for row in rows
    ]
    found.sort(key=lambda each: not (each.was_granted or each.was_removed))
    return IncidentBindings(resource, accounts, tuple(found[:MOST_BINDINGS]))


def _accesses(
    session: Session, accounts: Iterable[str], chain: Sequence[str], then: datetime, now: datetime
) -> list[Access]:
    """The bindings that gave the accounts access in the days before the incident or later, the latest first."""
    memberships = Memberships(session, (min(then, now), now))
    ways = {
        (each, member): path
        for account in accounts
        for each in members_called(session, account)[0]
        for member, path in memberships.identities(each).items()
    }
    lasting = or_(Binding.valid_to.is_(None), Binding.valid_to > then - CHANGED_WITHIN)
    inside = Binding.resource.in_(chain), Binding.member.in_(sorted({member for _, member in ways})), lasting
    query = select(*COLUMNS).where(*inside, Binding.valid_from <= now).order_by(Binding.valid_from.desc())
    grants = [grant_of(row) for row in session.execute(query.limit(MOST_READ))]
    return [
        Access(principal, grant, grant.resource != chain[0], path)
        for grant in grants
        for (principal, member), path in ways.items()
        if member == grant.member
    ]


def _is_valid(row: Access, at: datetime) -> bool:
    return row.grant.valid_from <= at and (row.grant.valid_to is None or at < row.grant.valid_to)


def _accounts(affected: Affected) -> tuple[str, ...]:
    """The accounts of the incident: first those that received access, then those that used it."""
    labels = affected.incident.labels
    named = [labels.get(name, "") for name in LABELS]
    found = dict.fromkeys([*named, affected.incident.principal, *sorted(affected.accounts)])
    bare = {each.rpartition(":")[2] for each in named if ":" in each}
    return tuple(each for each in found if each and each not in bare)[:MOST_ACCOUNTS]


def _resource(affected: Affected) -> str:
    """The resource of the incident; for a refused job, the table that it names or writes; empty without a policy."""
    incident = affected.incident
    named = names.tables_in(f"{incident.reason}\n{incident.summary}", incident.project)
    refused = sorted(named) + sorted(affected.writes)
    bucket = incident.labels.get("bucket", "") if incident.service == "storage" else ""  # a bare word is a project
    accessed = f"gs://{bucket}" if bucket else incident.resource
    written = [accessed] if incident.kind is IncidentKind.IRREGULAR_ACCESS else []
    for each in (*written, *(name for _, name in refused), incident.resource):
        try:
            return resource_name(each)
        except InputError:
            continue
    return ""
