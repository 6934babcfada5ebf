"""Who may do what, since when, through what, and whether they do: the questions about access.

Where a resource hangs, grants, group members and roles are those of the time asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Coverage
from db.schema_db.resource_hierarchy import chain
from insights.access import gaps
from insights.access.grants import COLUMNS, grant_of, on, to, valid
from insights.access.membership import holders, identities
from insights.access.model import Access, AccessGrant, AccessReport, ChangedGrant, GrantChange, Use
from insights.access.observations import FirstObservations
from insights.access.principals import members_called
from insights.access.usage import UsageEvidence, UsageSummary

DAYS = 90
TOGETHER = 2_000  # grants that are judged together
# Cloud Asset Inventory's search has allow policies only; deny policies are read at each place by another API.
DENIED = "whether a deny policy or an access boundary takes any of this away is not known: they are not read"


def who(session: Session, resource: str, at: datetime, *, days: int = DAYS) -> AccessReport:
    """Everybody who may do something on a resource: granted on it, or inherited; people in groups where known."""
    names = chain(session, resource, at)
    found = [
        Access(principal, grant, grant.resource != resource, path)
        for grant in on(session, names, at)
        for principal, path in ((grant.member, ()), *holders(session, grant.member, at).items())
    ]
    order = {name: place for place, name in enumerate(names)}
    judged = _judged(session, found, at, days)
    rows = sorted(judged, key=lambda row: (order[row.level], row.grant.role, row.grant.member, row.path, row.principal))
    return _answer(session, rows, (row.principal for row in rows), at, gaps.about(session, names, at))


def of(session: Session, principal: str, at: datetime, *, days: int = DAYS) -> AccessReport:
    """Everything that a principal may do: granted to it, to a group around it, to its domain or to everybody.

    `principal` is a member, or an address whose kind is looked up.
    """
    members, never = members_called(session, principal)
    found: list[Access] = []
    for member in members:
        names = identities(session, member, at)
        found += [Access(member, grant, inherited=False, path=names[grant.member]) for grant in to(session, names, at)]
    rows = sorted(
        _judged(session, found, at, days), key=lambda row: (len(row.path), row.path, row.level, row.grant.role)
    )
    groups = session.scalars(select(Binding.member).where(Binding.member.startswith("group:"), valid(at)).distinct())
    covered = gaps.everywhere(session, at)
    return _answer(session, rows, groups, at, gaps.PolicyCoverage(covered.looks, [*never, *covered.notes]))


def unused(
    session: Session, at: datetime, *, days: int = DAYS, with_unknown: bool = False, report: UsageSummary | None = None
) -> Iterator[Access]:
    """Grants that nobody used in the last days, ordered by member; with those of which it is not known, if asked.

    Grants stream through, however many there are. `report` is told all of them, and what the answer does not cover.
    """
    evidence = UsageEvidence(session, at, days)
    report = report or UsageSummary()
    report.at, report.since, report.until = at, evidence.window[0], evidence.until
    covered = gaps.everywhere(session, at)
    report.looks, report.notes = covered.looks, covered.notes
    query = select(*COLUMNS).where(valid(at)).order_by(Binding.member, Binding.resource, Binding.role)
    for rows in session.execute(query).yield_per(TOGETHER).partitions():
        evidence.prepare({row.member for row in rows})
        for grant in map(grant_of, rows):
            usage = evidence.usage(grant, grant.member)
            report.add(usage)
            if usage.state is Use.UNUSED or (with_unknown and usage.state is Use.UNKNOWN):
                yield Access(grant.member, grant, inherited=False, usage=usage)


def diff(session: Session, start: datetime, end: datetime) -> list[ChangedGrant]:
    """What changed between two times: granted, revoked, both, or both the other way round.

    What the first look at a scope saw did not change then: it was there before, nobody knows since when.
    """
    began = Binding.valid_from.between(start, end) & (Binding.valid_from > start)
    ended = Binding.valid_to.between(start, end) & (Binding.valid_to > start)
    query = select(Binding).where(began | ended)
    rows = sorted((grant_of(row) for row in session.scalars(query)), key=lambda grant: (grant.key, grant.valid_from))
    beginnings = FirstObservations(session, rows)
    found = []
    for _, grants in groupby(rows, key=lambda grant: grant.key):
        told = [(grant, beginnings.known_since(grant)) for grant in grants]
        if any(not known or _ended(grant, end) for grant, known in told):
            found.append(_changed(told, start, end))
    return found


def _ended(grant: AccessGrant, end: datetime) -> bool:
    return grant.valid_to is not None and grant.valid_to <= end


def _changed(told: list[tuple[AccessGrant, bool]], start: datetime, end: datetime) -> ChangedGrant:
    before, after = (any(_holds(grant, time, known) for grant, known in told) for time in (start, end))
    changes = {
        (False, True): GrantChange.GRANTED,
        (True, False): GrantChange.REVOKED,
        (False, False): GrantChange.TEMPORARY,
        (True, True): GrantChange.REGRANTED,
    }
    return ChangedGrant(changes[before, after], [grant for grant, _ in told])


def _holds(grant: AccessGrant, time: datetime, known_since: bool) -> bool:  # noqa: FBT001
    began = known_since or grant.valid_from <= time
    return began and (grant.valid_to is None or time < grant.valid_to)


def _judged(session: Session, found: Iterable[Access], at: datetime, days: int) -> Iterator[Access]:
    evidence = UsageEvidence(session, at, days)
    for row in sorted(found, key=lambda row: row.principal):
        usage = evidence.usage(row.grant, row.principal)
        yield Access(row.principal, row.grant, row.inherited, row.path, usage)


def _answer(
    session: Session, rows: list[Access], members: Iterable[str], at: datetime, covered: gaps.PolicyCoverage
) -> AccessReport:
    """The rows with what they do not cover, said once."""
    notes = [*covered.notes, *_notes(session, members, at), *([DENIED] if rows else [])]
    return AccessReport(rows, notes, covered.looks)


def _notes(session: Session, members: Iterable[str], at: datetime) -> list[str]:
    """Groups whose members are not known: somebody may be inside."""
    groups = sorted({member for member in members if member.startswith("group:")})
    subjects = [f"group/{group.removeprefix('group:')}" for group in groups]
    covered = set(session.scalars(select(Coverage.subject).where(Coverage.subject.in_(subjects), Coverage.since <= at)))
    unknown = [group for group, subject in zip(groups, subjects, strict=True) if subject not in covered]
    return [f"the members of {group} are not known" for group in unknown]
