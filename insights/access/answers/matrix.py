"""The access of principals to datasets and buckets as a matrix: the strongest level of each, at any time of the history.

The principals and the resources are those of the whole history, so that each keeps its place when the time changes;
access that ended before the time is marked as removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from db.schema_db.selection import NEVER, Period
from insights.access.answers.intent import Intent, Intentions, Judgement
from insights.access.answers.known_names import is_named_like
from insights.access.answers.levels import LevelReader, Levels
from insights.access.answers.on_resource import Way, intent_of, intent_of_all, usage_of
from insights.access.grants import grants_during
from insights.access.iam_conditions import evaluate, expired_at, possible_periods
from insights.access.membership import Memberships
from insights.access.model import LEVELS, Access, AccessGrant, AccessReport, Level, Observation, Ternary, Usage
from insights.access.observations import coverage_of_all
from insights.access.platform_map import PlatformMap
from insights.access.queries import complete_report, with_usage
from insights.access.usage import UsageEvidence
from shared.identity.iam_names import BIGQUERY, STORAGE

MOST_GRANTS = 3_000  # grants read for one matrix


@dataclass(frozen=True, slots=True)
class MatrixQuestion:
    """The part of the matrix that is shown, at a time; `history` is the period whose principals and resources it has.

    `project`, `resources` and `principals` (parts of names) and `may` limit the matrix. It has the access at `at`, with
    the use in the `days` before.
    """

    at: datetime
    history: Period
    project: str = ""
    resources: str = ""
    principals: str = ""
    may: Level | None = None
    columns: range = range(6)
    rows: range = range(15)
    days: int = 90


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """The strongest level of a principal on a resource, with the grants that give it.

    `ended` is set if the principal no longer has access: then `level` and `ways` are the last ones.
    """

    level: Level
    ways: tuple[Way, ...]
    ended: datetime | None = None

    @property
    def intent(self) -> Intent:
        """Intended if at least one of the grants is intended."""
        return intent_of(self.ways)

    @property
    def usage(self) -> Usage:
        """The latest use of the grants."""
        return usage_of(self.ways)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A principal, with a cell for each resource; None without access at this time or before."""

    principal: str
    cells: tuple[MatrixCell | None, ...]

    @property
    def current(self) -> Iterator[MatrixCell]:
        """The cells with access at the time of the matrix."""
        return (cell for cell in self.cells if cell is not None and cell.ended is None)


@dataclass(frozen=True, slots=True)
class AccessMatrix:
    """A part of the matrix: `total_rows` and `total_resources` count what matches the filters.

    `total_rows` counts principals that have, or had, access to `resources`. `holders` of them have access at the time,
    `unintended` of these have unintended access. `is_cut` is True if only the first grants were read.
    """

    resources: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    total_resources: int
    total_rows: int
    holders: int
    unintended: int
    is_cut: bool
    grants: tuple[AccessGrant, ...]
    projects: tuple[str, ...]
    report: AccessReport
    intentions: Intentions


def access_matrix(
    session: Session,
    question: MatrixQuestion,
    platform_map: PlatformMap | None,
    observed: Sequence[Observation] | None = None,
) -> AccessMatrix:
    """The matrix: principals with unintended access first, then by name; resources by name.

    `observed` are the observations until the time of the question, if the caller has them.
    """
    condition = _in_matrix(question)
    columns = question.columns
    names = select(Resource.name).where(condition).order_by(Resource.name)
    resources = list(session.scalars(names.offset(columns.start).limit(columns.stop - columns.start)))
    total = session.scalar(select(func.count()).select_from(Resource).where(condition)) or 0
    memberships = Memberships(
        session, (min(question.history[0], question.at - timedelta(days=question.days)), question.history[1])
    )
    evidence = UsageEvidence(
        session, question.at, question.days, on_demand=True, memberships=memberships, observed=observed
    )
    evidence.hierarchy.prepare(resources)
    chains = {name: evidence.hierarchy.chain(name) for name in resources}
    granted_on = sorted({level for chain in chains.values() for level in chain})
    grants = grants_during(session, granted_on, question.history, most=MOST_GRANTS + 1)
    evidence.roles.prepare({grant.role for grant in grants})
    cells = _Cells(session, question, evidence, memberships, platform_map)
    cells.add(grants[:MOST_GRANTS], chains)
    everybody = cells.ordered()
    shown = everybody[question.rows.start : question.rows.stop]
    rows = _with_use(evidence, [cells.row(principal) for principal in shown])
    covered = coverage_of_all(session, question.at, hierarchy=evidence.hierarchy, observed=evidence.observed)
    accesses = [way.access for row in rows for cell in row.current for way in cell.ways]
    return AccessMatrix(
        tuple(resources),
        tuple(rows),
        total_resources=total,
        total_rows=len(everybody),
        holders=sum(map(cells.is_holder, everybody)),
        unintended=sum(map(cells.is_unintended, everybody)),
        is_cut=len(grants) > MOST_GRANTS,
        grants=tuple(grants),
        projects=tuple(levels[0].removeprefix("projects/") for levels in evidence.hierarchy.projects()),
        report=complete_report(session, accesses, (grant.member for grant in grants), question.at, covered),
        intentions=cells.intentions,
    )


def _in_matrix(question: MatrixQuestion) -> ColumnElement[bool]:
    """Datasets and buckets that exist, or existed in the history, and match the filters."""
    buckets = and_(Resource.name.startswith(STORAGE), Resource.name.not_like(f"{STORAGE}%/%"))
    datasets = and_(Resource.name.startswith(BIGQUERY), Resource.name.not_like("%/datasets/%/%"))
    existed = or_(Resource.missing_since.is_(None), Resource.missing_since > question.history[0])
    filters = [or_(buckets, datasets), existed]
    if question.project:
        filters.append(Resource.project == question.project)
    if question.resources:
        filters.append(is_named_like(question.resources))
    return and_(*filters)


@dataclass(eq=False, slots=True)  # frozen takes three times as long to create, and a matrix has thousands
class _PrincipalGrant:
    """A grant that gives, or gave, a principal levels on a resource, in these periods; the end is exclusive."""

    grant: AccessGrant
    levels: Levels
    rank: int  # of the strongest level
    periods: list[Period]
    inherited: bool
    judgement: Judgement
    intent_today: Intent

    def is_valid(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.periods) and (
            not self.grant.condition or evaluate(self.grant.condition, at) is not Ternary.NO
        )

    def ended(self, at: datetime) -> datetime | None:
        """When this grant stopped giving access before `at`; None if it gave none before."""
        expired = expired_at(self.grant.condition, at)
        ends = [
            min(end, at, expired or at)
            for start, end in self.periods
            if start < at and possible_periods(self.grant.condition, (start, min(end, at)))
        ]
        return max(ends, default=None)


class _Cells:
    """Collects the grants of each principal on each resource, and makes the rows of the matrix."""

    def __init__(
        self,
        session: Session,
        question: MatrixQuestion,
        evidence: UsageEvidence,
        memberships: Memberships,
        platform_map: PlatformMap | None,
    ) -> None:
        self._question = question
        self._levels = LevelReader(evidence.roles)
        self._memberships = memberships.part(question.history)
        self.intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, question.at)
        now = question.history[1]
        # The order does not depend on the time: it is that of the intent today.
        self._today = (
            self.intentions
            if question.at == now
            else Intentions(session, platform_map, evidence.hierarchy, evidence.roles, now)
        )
        self._columns: dict[str, int] = {}
        # Only these can have unintended access, at the time or today: the others need not be compared.
        self._may_be_unintended = set[str]()
        self._grants: defaultdict[str, defaultdict[int, list[_PrincipalGrant]]] = defaultdict(lambda: defaultdict(list))

    def add(self, grants: Sequence[AccessGrant], chains: dict[str, list[str]]) -> None:
        """Adds what these grants give on the resources of `chains`, each with everything above it."""
        self._columns = {name: number for number, name in enumerate(chains)}
        self._memberships.prepare(grant.member for grant in grants)
        below: defaultdict[str, list[str]] = defaultdict(list)
        for name, chain in chains.items():
            for level in chain:
                below[level].append(name)
        for grant in grants:
            self._add(grant, below[grant.resource])

    def _add(self, grant: AccessGrant, resources: Sequence[str]) -> None:
        principals = self._principals(grant)
        judgement, today = self.intentions.of(grant), self._today.of(grant).intent
        if Intent.UNINTENDED in (judgement.intent, today):
            self._may_be_unintended.update(principal for principal, _ in principals)
        # A grant gives the same on all resources with the same levels, such as all datasets of a project.
        given: dict[Levels, list[tuple[str, _PrincipalGrant]]] = {}
        for resource in resources:
            levels = self._levels.levels(grant.role, resource)
            if not levels or self._question.may not in (None, *levels):
                continue
            if levels not in given:
                inherited, rank = grant.resource != resource, max(map(LEVELS.index, levels))
                given[levels] = [
                    (principal, _PrincipalGrant(grant, levels, rank, periods, inherited, judgement, today))
                    for principal, periods in principals
                ]
            for principal, each in given[levels]:
                self._grants[principal][self._columns[resource]].append(each)

    def _principals(self, grant: AccessGrant) -> list[tuple[str, list[Period]]]:
        """The member of a grant and those inside it whose names match, with the periods in which each had the grant."""
        period = (grant.valid_from, grant.valid_to or NEVER)
        inside = self._memberships.holders_over_time(grant.member, period)
        text = self._question.principals.casefold()
        everybody = {grant.member: [period], **inside}
        return [(name, had) for name, had in everybody.items() if had and (not text or text in name.casefold())]

    def ordered(self) -> list[str]:
        """The principals in the order of the rows."""
        return sorted(self._grants, key=self._rank)

    def row(self, principal: str) -> MatrixRow:
        """The row of a principal, without the use of the grants."""
        by_column = self._grants[principal]
        return MatrixRow(
            principal, tuple(self._cell(principal, by_column.get(column, ())) for column in self._columns.values())
        )

    def is_holder(self, principal: str) -> bool:
        """Whether a principal has access at the time."""
        at = self._question.at
        return any(each.is_valid(at) for grants in self._grants[principal].values() for each in grants)

    def is_unintended(self, principal: str) -> bool:
        """Whether access of a principal at the time is unintended."""
        if principal not in self._may_be_unintended:
            return False
        at = self._question.at
        current = ([each for each in grants if each.is_valid(at)] for grants in self._different(principal))
        intents = ({each.judgement.intent for each in _strongest(grants)} for grants in current if grants)
        return any(intent_of_all(each) is Intent.UNINTENDED for each in intents)

    def _different(self, principal: str) -> Collection[Sequence[_PrincipalGrant]]:
        """The grants on each resource; those that resources share, such as all of a project, once."""
        return set(map(tuple, self._grants[principal].values()))

    def _rank(self, principal: str) -> tuple[bool, str]:
        different = self._different(principal) if principal in self._may_be_unintended else ()
        intents = {intent_of_all({each.intent_today for each in _strongest(grants)}) for grants in different}
        return (Intent.UNINTENDED not in intents, principal)

    def _cell(self, principal: str, grants: Sequence[_PrincipalGrant]) -> MatrixCell | None:
        at = self._question.at
        now = [each for each in grants if each.is_valid(at)]
        ended: datetime | None = None
        if not now:
            ends = [(end, each) for each in grants if (end := each.ended(at)) is not None]
            ended = max((end for end, _ in ends), default=None)
            now = [each for end, each in ends if end == ended]
        if not now:
            return None
        strongest = _strongest(now)
        ways = tuple(_way(principal, each) for each in strongest)
        return MatrixCell(LEVELS[strongest[0].rank], ways, ended)


def _strongest(grants: Sequence[_PrincipalGrant]) -> Sequence[_PrincipalGrant]:
    """The grants that give the strongest level that all give together."""
    if len(grants) == 1:
        return grants
    rank = max([each.rank for each in grants])
    return [each for each in grants if each.rank == rank]


def _way(principal: str, given: _PrincipalGrant) -> Way:
    path = () if principal == given.grant.member else (given.grant.member,)
    return Way(Access(principal, given.grant, given.inherited, path), given.levels, given.judgement)


def _with_use(evidence: UsageEvidence, rows: Sequence[MatrixRow]) -> list[MatrixRow]:
    """The rows with the use of the grants, each determined once for a principal."""
    accesses = {_key(way.access): way.access for row in rows for cell in row.current for way in cell.ways}
    used = {_key(each): each.usage for each in with_usage(evidence, list(accesses.values()))}

    def with_use(way: Way) -> Way:
        access = way.access
        seen = Access(access.principal, access.grant, access.inherited, access.path, used[_key(access)])
        return Way(seen, way.levels, way.judgement)

    return [
        replace(
            row,
            cells=tuple(
                replace(cell, ways=tuple(map(with_use, cell.ways))) if cell and cell.ended is None else cell
                for cell in row.cells
            ),
        )
        for row in rows
    ]


def _key(access: Access) -> tuple[str, tuple[str, str, str, str]]:
    return access.principal, access.grant.key
