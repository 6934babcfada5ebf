"""Roles that were granted or revoked before an incident, from the audit log and from snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange, GroupMember, JobRun
from db.schema_db.selection import valid_at
from insights.access.grants import COLUMNS, grant_of
from insights.access.model import AccessGrant
from insights.causes import names
from insights.causes.affected import Affected, datasets_of
from insights.causes.change import CandidateChange, Shared
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Place
from shared.identity.iam_names import EVERYBODY, MANAGER, member_of_principal
from shared.model import IncidentKind
from shared.texts import causes as texts

# A change of a policy takes effect after two minutes usually, after seven or more sometimes
# (docs.cloud.google.com/iam/docs/access-change-propagation).
PROPAGATION = timedelta(minutes=10)
ITSELF = timedelta(minutes=1)


def revoked(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The roles that the accounts of the incident or their groups lost."""
    members = sorted(affected.members)
    until = affected.incident.opened_at
    if not members:
        return
    logged = _logged(session, since, until, BindingChange.member.in_(members), BindingChange.action == "REMOVE")
    for row in logged:
        yield _revoked(session, affected, row, row.time, row.principal, Statement(texts.AUDIT_LOG))
    ended = select(*COLUMNS).where(
        Binding.member.in_(members), Binding.valid_to >= since, Binding.valid_to <= until, ~Binding.exact_to
    )
    for grant in map(grant_of, session.execute(ended)):
        time = grant.valid_to or until
        yield _revoked(session, affected, grant, time, "", Statement(texts.NO_LONGER_SEEN))
    left = select(GroupMember).where(
        GroupMember.member.in_(sorted(map(member_of_principal, affected.accounts))),
        GroupMember.valid_to >= since,
        GroupMember.valid_to <= until,
    )
    for membership in session.scalars(left):
        yield _left(membership, until)


def given(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The roles that the member of an irregular access received before: its own roles, or public roles on the resource."""
    incident = affected.incident
    if incident.kind is not IncidentKind.IRREGULAR_ACCESS:
        return
    from insights.access.observations import HistoryBeginnings  # noqa: PLC0415 - most incidents need none of it

    members = {*affected.members, *EVERYBODY, incident.labels.get("member", "")} - {""}
    inside = BindingChange.member.in_(sorted(members)), BindingChange.action == "ADD"
    for row in _logged(session, since, incident.opened_at, *inside):
        is_itself = row.principal == incident.principal and incident.opened_at - row.time <= ITSELF
        if not is_itself and (shared := _enables(affected, row)):
            yield _given(row, row.time, row.principal, shared, Statement(texts.AUDIT_LOG))
    began = select(*COLUMNS).where(
        Binding.member.in_(sorted(members)), Binding.valid_from >= since, Binding.valid_from <= incident.opened_at,
        ~Binding.exact_from,
    )  # fmt: skip
    seen = [
        (grant, shared)
        for grant in map(grant_of, session.execute(began))
        if (shared := _enables(affected, grant)) is not None
    ]
    beginnings = HistoryBeginnings(session, (grant for grant, _ in seen))
    # Bindings in the first snapshot of a scope are older than the history.
    for grant, shared in seen:
        if not beginnings.is_older(grant):
            yield _given(grant, grant.valid_from, "", shared, Statement(texts.FIRST_SEEN))


def _left(membership: GroupMember, until: datetime) -> CandidateChange:
    values = {"member": membership.member, "resource": membership.group}
    return CandidateChange(
        kind=ChangeKind.REVOKED,
        time=membership.valid_to or until,
        what=Statement(texts.LEFT_GROUP, values),
        who="",
        shared=Shared(0.6, Statement(texts.CONCERNS, {"member": membership.member})),
        evidence=(Statement(texts.NO_LONGER_SEEN),),
        delay=PROPAGATION,
    )


def _logged(
    session: Session, since: datetime, until: datetime, *inside: ColumnElement[bool]
) -> Iterator[BindingChange]:
    query = select(BindingChange).where(BindingChange.time >= since, BindingChange.time <= until, *inside)
    yield from session.scalars(query.order_by(BindingChange.time))


def _enables(affected: Affected, grant: AccessGrant | BindingChange) -> Shared | None:
    """How closely a new role is connected with an irregular access: on its resource, or its account's project."""
    place = names.place_of(grant.resource)
    is_own = grant.member in affected.members
    why = Statement(texts.CONCERNS, {"member": grant.member}) if is_own else Statement(texts.SAME_RESOURCE)
    if place.name is not None and (place.name in affected.own | affected.around or place.name[1] in affected.words):
        return Shared(1.0, why)
    if is_own and place.name is None and place.project in ("", affected.incident.project):
        return Shared(0.9, why)
    return None


def _given(
    grant: AccessGrant | BindingChange, time: datetime, who: str, shared: Shared, evidence: Statement
) -> CandidateChange:
    values = {"role": grant.role, "member": grant.member, "resource": grant.resource}
    return CandidateChange(ChangeKind.GRANT, time, Statement(texts.GRANTED, values), who, shared, (evidence,))


def _revoked(
    session: Session,
    affected: Affected,
    grant: AccessGrant | BindingChange,
    time: datetime,
    who: str,
    evidence: Statement,
) -> CandidateChange:
    place = names.place_of(grant.resource)
    values = {"role": grant.role, "member": grant.member, "resource": grant.resource}
    why = Statement(texts.CONCERNS, {"member": grant.member})
    return CandidateChange(
        kind=ChangeKind.REVOKED,
        time=time,
        what=Statement(texts.REVOKED, values),
        who=who,
        shared=Shared(_need(affected, place), why),
        evidence=(evidence,),
        others=lambda run: _needs(run, grant.member, place),
        ended=_back(session, affected, grant, time),
        delay=PROPAGATION,
    )


def _need(affected: Affected, place: Place) -> float:
    """How probable it is that the job needs a role on a resource."""
    if affected.touches(place):
        return 1.0
    if place.name is None:  # a role on a project, a folder or the organization
        inside = place.project in ("", affected.incident.project, *(_projects(affected)))
        return 0.85 if inside else 0.2
    known = bool(affected.tables) or affected.incident.kind is IncidentKind.IRREGULAR_ACCESS
    return 0.2 if known else 0.55


def _projects(affected: Affected) -> set[str]:
    return {table[1].split(".")[0] for table in affected.tables}


def _needs(run: JobRun, member: str, place: Place) -> bool:
    """Whether the run of another job needed the role: it has the account, and works on the resource."""
    if not run.principal or member_of_principal(run.principal) != member:
        return False
    if place.name is None:
        return place.project in ("", run.project)
    tables = [*(run.sources or ()), run.destination or ""]
    return place.name in {names.table_of(table) for table in tables} | set(datasets_of(tables))


def _back(session: Session, affected: Affected, grant: AccessGrant | BindingChange, time: datetime) -> Statement | None:
    """Whether the member still had the role at the time of the failure, on the resource or on its project."""
    project = names.place_of(grant.resource).project or affected.incident.project
    around = f"{MANAGER}projects/{project}"
    again = select(BindingChange.time).where(
        BindingChange.resource == grant.resource, BindingChange.role == grant.role, BindingChange.member == grant.member,
        BindingChange.action == "ADD", BindingChange.time > time, BindingChange.time <= affected.failed_at,
    )  # fmt: skip
    held = select(Binding.id).where(
        Binding.member == grant.member,
        Binding.role == grant.role,
        or_(Binding.resource != grant.resource, Binding.valid_from > time),
        Binding.resource.in_({grant.resource, around}),
        valid_at(Binding, affected.failed_at),
    )
    if session.scalar(again.limit(1)) is not None:
        return Statement(texts.GIVEN_BACK)
    return Statement(texts.STILL_HELD) if session.scalar(held.limit(1)) is not None else None
