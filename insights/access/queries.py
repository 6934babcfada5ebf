"""Queries about access: who has access, what a principal has access to, unused grants, and changes.

Grants, group members, roles and the resource hierarchy are those at the time of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import TO_GROUP, Binding
from db.schema_db.selection import valid_at
from insights.access.grants import COLUMNS, grant_of, grants_on, grants_to
from insights.access.membership import Memberships, unread_groups
from insights.access.model import Access, AccessGrant, AccessReport, ChangedGrant, GrantChange, Use
from insights.access.observations import DENIED, HistoryBeginnings, PolicyCoverage, coverage_of, coverage_of_all
from insights.access.principals import members_called
from insights.access.usage import UsageEvidence, UsageSummary
from shared.texts.access import coverage as texts

DAYS = 90
ROWS = 2_000  # number of grants in each batch


def who(
    session: Session, resource: str, at: datetime, *, days: int = DAYS, evidence: UsageEvidence | None = None
) -> AccessReport:
    """All principals with access to a resource: granted on the resource or inherited, directly or through groups.

    `evidence` is reused if the caller has it for the same time and days.
    """
    evidence = evidence or UsageEvidence(session, at, days, on_demand=True)
    found = granted(session, resource, at, evidence=evidence)
    order = {name: index for index, name in enumerate(evidence.hierarchy.chain(resource))}
    rows = sorted(
        with_usage(evidence, found.rows),
        key=lambda row: (order[row.grant.resource], row.grant.role, row.grant.member, row.path, row.principal),
    )
    return replace(found, rows=rows)


def granted(session: Session, resource: str, at: datetime, *, evidence: UsageEvidence) -> AccessReport:
    """The same as `who`, unordered and without the use of the grants, which takes the most time to read."""
    memberships = evidence.memberships.part((at, at))
    chain = evidence.hierarchy.chain(resource)
    grants = list(grants_on(session, chain, at))
    memberships.prepare(grant.member for grant in grants)
    rows = [
        Access(principal, grant, grant.resource != resource, path)
        for grant in grants
        for principal, path in ((grant.member, ()), *memberships.holders(grant.member).items())
    ]
    return complete_report(
        session, rows, (row.principal for row in rows), at, coverage_of(session, chain, at, evidence.observed)
    )


def of(
    session: Session,
    principal: str,
    at: datetime,
    *,
    days: int = DAYS,
    evidence: UsageEvidence | None = None,
    memberships: Memberships | None = None,
    most: int | None = None,
) -> AccessReport:
    """The access of a principal: granted to the principal, to one of its groups, to its domain or to everybody.

    `principal` is a member, or an address whose kind is determined. `evidence` and `memberships` are reused if the caller
    has them for the same time and days. For each member, only the first `most` grants by resource are read.
    """
    members, notes = members_called(session, principal)
    evidence = evidence or UsageEvidence(session, at, days, on_demand=True)
    memberships = memberships or Memberships(session, (at, at))
    accesses: list[Access] = []
    for member in members:
        paths = memberships.identities(member)
        grants = grants_to(session, paths, at, most=most)
        accesses += [Access(member, grant, inherited=False, path=paths[grant.member]) for grant in grants]
    rows = sorted(
        with_usage(evidence, accesses), key=lambda row: (len(row.path), row.path, row.grant.resource, row.grant.role)
    )
    to_groups = select(Binding.member).where(TO_GROUP, valid_at(Binding, at))
    covered = coverage_of_all(session, at, hierarchy=evidence.hierarchy, observed=evidence.observed)
    groups = session.scalars(to_groups.distinct())
    return complete_report(session, rows, groups, at, PolicyCoverage(covered.observations, [*notes, *covered.limits]))


def unused(
    session: Session,
    at: datetime,
    *,
    days: int = DAYS,
    with_unknown: bool = False,
    summary: UsageSummary | None = None,
    most: int | None = None,
    evidence: UsageEvidence | None = None,
) -> Iterator[Access]:
    """Grants unused in the last `days`, ordered by member; `with_unknown` adds grants whose use is unknown.

    The grants are streamed; only the first `most` are assessed. `summary` counts all grants and collects the limits of
    the answer. `evidence` is reused if the caller has it for the same time and days.
    """
    evidence = evidence or UsageEvidence(session, at, days, on_demand=most is not None)
    summary = summary or UsageSummary()
    summary.at, summary.since, summary.until = at, evidence.window[0], evidence.until
    covered = coverage_of_all(session, at, hierarchy=evidence.hierarchy, observed=evidence.observed)
    summary.observations, summary.limits = covered.observations, covered.limits
    query = select(*COLUMNS).where(valid_at(Binding, at)).order_by(Binding.member, Binding.resource, Binding.role)
    for rows in session.execute(query.limit(most)).yield_per(ROWS).partitions():
        evidence.prepare({row.member for row in rows}, {row.resource for row in rows}, {row.role for row in rows})
        for grant in map(grant_of, rows):
            usage = evidence.usage(grant, grant.member)
            summary.add(usage)
            if usage.state is Use.UNUSED or (with_unknown and usage.state is Use.UNKNOWN):
                yield Access(grant.member, grant, inherited=False, usage=usage)


def diff(session: Session, start: datetime, end: datetime) -> list[ChangedGrant]:
    """The grants that changed between two times: granted, revoked, or both.

    Grants in the first snapshot of a scope are older than the history and are not reported as granted.
    """
    began = Binding.valid_from.between(start, end) & (Binding.valid_from > start)
    ended = Binding.valid_to.between(start, end) & (Binding.valid_to > start)
    query = select(Binding).where(began | ended)
    rows = sorted((grant_of(row) for row in session.scalars(query)), key=lambda grant: (grant.key, grant.valid_from))
    beginnings = HistoryBeginnings(session, rows)
    changes = []
    for _, grants in groupby(rows, key=lambda grant: grant.key):
        intervals = [(grant, beginnings.is_older(grant)) for grant in grants]
        if any(not is_older or _has_ended(grant, end) for grant, is_older in intervals):
            changes.append(_change(intervals, start, end))
    return changes


def _has_ended(grant: AccessGrant, end: datetime) -> bool:
    return grant.valid_to is not None and grant.valid_to <= end


def _change(intervals: list[tuple[AccessGrant, bool]], start: datetime, end: datetime) -> ChangedGrant:
    before, after = (any(_is_valid(grant, time, older) for grant, older in intervals) for time in (start, end))
    changes = {
        (False, True): GrantChange.GRANTED,
        (True, False): GrantChange.REVOKED,
        (False, False): GrantChange.TEMPORARY,
        (True, True): GrantChange.REGRANTED,
    }
    return ChangedGrant(changes[before, after], [grant for grant, _ in intervals])


def _is_valid(grant: AccessGrant, time: datetime, is_older: bool) -> bool:  # noqa: FBT001
    return (is_older or grant.valid_from <= time) and (grant.valid_to is None or time < grant.valid_to)


def with_usage(evidence: UsageEvidence, accesses: Sequence[Access]) -> Iterator[Access]:
    """Adds the use of the grants to the accesses, ordered by principal."""
    members = {name for row in accesses for name in (row.principal, row.grant.member)}
    evidence.prepare(members, {row.grant.resource for row in accesses}, {row.grant.role for row in accesses})
    for row in sorted(accesses, key=lambda row: row.principal):
        usage = evidence.usage(row.grant, row.principal)
        yield Access(row.principal, row.grant, row.inherited, row.path, usage)


def complete_report(
    session: Session, rows: list[Access], members: Iterable[str], at: datetime, covered: PolicyCoverage
) -> AccessReport:
    """The answer with its limits: those of the snapshots, groups among `members` that could not be read, and deny policies."""
    groups = (member for member in members if member.startswith("group:"))
    unread = [texts.UNKNOWN_GROUP(group=group) for group in unread_groups(session, groups, at)]
    return AccessReport(rows, [*covered.limits, *unread, *([DENIED] if rows else [])], covered.observations)
