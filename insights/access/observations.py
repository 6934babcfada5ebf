"""When policies, audit logs, groups and roles were read, and the limits that follow for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Coverage, Resource, Snapshot
from db.schema_db.selection import NEVER, Period, cover, overlap
from db.schema_db.snapshots import DONE, FAILED, POLICY_COLLECTOR
from insights.access.hierarchy import Hierarchy
from insights.access.model import AccessGrant, Observation
from shared.identity.iam_names import MANAGER, short_name
from shared.lazy.dataclass import dataclass
from shared.local_time import minute
from shared.texts import Text, listed
from shared.texts.access import coverage as texts

YEAR = timedelta(days=365)
STALE = timedelta(days=1)  # a scope is read every hour: a longer gap gets a note
# Cloud Asset Inventory's search returns allow policies only; deny policies need a call to another API for each resource.
DENIED = texts.DENIED
EXEMPTED = "audit_exempted/"  # prefix of the subjects of exemptions from audit logs
POLICIES = Snapshot.collector == POLICY_COLLECTOR


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """The scopes whose policies were read for an answer, and the limits of the answer."""

    observations: list[Observation]
    limits: list[Text]

    @property
    def notes(self) -> list[str]:
        """The limits in English, for JSON."""
        return [limit.en for limit in self.limits]


def observations(session: Session, at: datetime) -> list[Observation]:
    """Every scope whose policies a snapshot has read, or failed to read, until a time; ordered by name."""
    by_scope = {item.scope: item for item in _complete(session, at)}
    for scope, since, error in _failed(session, at):
        by_scope[scope] = replace(by_scope.get(scope, Observation(scope)), failing_since=since, error=error)
    return [item for _, item in sorted(by_scope.items())]


def first_observations(session: Session) -> dict[str, datetime]:
    """The time when a snapshot first read all policies of each scope."""
    query = select(Snapshot.scope, func.min(Snapshot.window_end)).where(POLICIES, Snapshot.state == DONE)
    return {scope: time for scope, time in session.execute(query.group_by(Snapshot.scope)) if time}


def beginnings(observed: Iterable[Observation]) -> dict[str, datetime]:
    """The same as `first_observations`, of observations that are already read."""
    return {item.scope: item.first for item in observed if item.first is not None}


def history_start(first: Mapping[str, datetime], now: datetime) -> datetime:
    """The beginning of the history that answers show: the first snapshot of any scope, a year ago at the earliest."""
    return max(now - YEAR, min(first.values(), default=now - timedelta(days=1)))


def coverage_of(
    session: Session, chain: Sequence[str], at: datetime, observed: Iterable[Observation] | None = None
) -> PolicyCoverage:
    """The coverage of an answer about a resource. `chain` is the resource and its ancestors, nearest first.

    `observed` are the observations until that time, if the caller has them.
    """
    by_scope = {item.scope: item for item in (observations(session, at) if observed is None else observed)}
    resource, levels = chain[0], [name.removeprefix(MANAGER) for name in chain if name.startswith(MANAGER)]
    covering = [by_scope[level] for level in levels if level in by_scope]
    notes = list(_pauses(levels[0], covering, at)) if levels else []
    unread = _unread(levels, covering)
    notes += [_above_scope(unread)] if unread else []
    return PolicyCoverage(covering, [*_resource_notes(session, resource, levels, at), *notes])


def coverage_of_all(
    session: Session,
    at: datetime,
    start: datetime | None = None,
    hierarchy: Hierarchy | None = None,
    observed: Sequence[Observation] | None = None,
) -> PolicyCoverage:
    """The coverage of an answer about everything at a time, or between two times."""
    observed = list(observations(session, at) if observed is None else observed)
    if not observed:
        return PolicyCoverage([], [texts.NO_POLICIES])
    by_scope = {item.scope: item for item in observed}
    projects = list((hierarchy or Hierarchy(session, (at, at))).projects())
    above = {level: levels[index:] for levels in projects for index, level in enumerate(levels)}
    notes: list[Text] = []
    for item in observed:
        covering = [by_scope[level] for level in above.get(item.scope, [item.scope]) if level in by_scope]
        notes += [*_pauses(item.scope, covering, at), *_beginning(covering, start or at)]
    unread = dict.fromkeys(level for levels in projects for level in _unread(levels, observed))
    notes += [_above_scope(list(unread))] if unread else []
    return PolicyCoverage(observed, list(dict.fromkeys(notes)))


class HistoryBeginnings:
    """Distinguishes grants that began after the first snapshot of their scope from grants that are older."""

    def __init__(
        self, session: Session, grants: Iterable[AccessGrant], first: Mapping[str, datetime] | None = None
    ) -> None:
        """`first` are the first observations, if the caller has them."""
        self._first = first_observations(session) if first is None else first
        began = {grant.resource: grant.valid_from for grant in sorted(grants, key=lambda grant: grant.valid_from)}
        latest = max(began.values(), default=NEVER)
        hierarchy = Hierarchy(session, (latest, latest), sorted(began))
        self._scopes = {name: [item.removeprefix(MANAGER) for item in hierarchy.chain(name)] for name in began}

    def is_older(self, grant: AccessGrant) -> bool:
        """Whether a grant is older than the first snapshot of its scope, so that its beginning is unknown."""
        times = [self._first[scope] for scope in self._scopes.get(grant.resource, ()) if scope in self._first]
        return not grant.exact_from and (not times or grant.valid_from <= min(times))


class EvidenceCoverage:
    """The periods for which audit logs, groups and roles were read without a gap, by subject.

    `needed` is the period for which evidence must be complete.
    """

    def __init__(self, session: Session, needed: Period) -> None:
        self.needed = needed
        self._periods: dict[str, list[Period]] = {}
        self._exempted: dict[str, set[str]] = {}
        for subject, since, until in session.execute(select(Coverage.subject, Coverage.since, Coverage.until)):
            self._periods.setdefault(subject, []).append((since, until))
            if subject.startswith(EXEMPTED) and overlap((since, until), needed):
                kind, name, member = subject.removeprefix(EXEMPTED).split("/", 2)
                self._exempted.setdefault(f"{kind}/{name}", set()).add(member)

    def is_complete(self, subject: str, periods: Iterable[Period] | None = None) -> bool:
        """Whether the evidence is complete for the required period, or for its intersection with some periods."""
        required = [self.needed] if periods is None else [overlap(item, self.needed) for item in periods]
        covered = self._periods.get(subject, [])
        return all(cover(covered, item) for item in required if item is not None)

    def exempted(self, level: str) -> set[str]:
        """Members that were exempted from the Data Access logs of a level at some time in the required period."""
        return self._exempted.get(level, set())

    def happened(self, subject: str) -> bool:
        """Whether an event was recorded for a subject in the required period."""
        return any(overlap(item, self.needed) for item in self._periods.get(subject, []))


def _complete(session: Session, at: datetime) -> Iterator[Observation]:
    return (Observation(*row) for row in session.execute(_snapshot_queries()[0], {"at": at}))


def _failed(session: Session, at: datetime) -> Iterator[tuple[str, datetime, str]]:
    """The scopes whose last snapshots failed, with the time of the first failure and the latest error."""
    for scope, since, latest in session.execute(_snapshot_queries()[1], {"at": at}).all():
        failed = POLICIES, Snapshot.state == FAILED, Snapshot.scope == scope, Snapshot.slot == latest
        yield scope, since, session.scalar(select(Snapshot.error).where(*failed)) or ""


@cache
def _snapshot_queries() -> tuple[Any, Any]:
    """The queries of `_complete` and `_failed` until the time `at`, made once: every page about access needs them."""
    end, at = Snapshot.window_end, bindparam("at", type_=Snapshot.window_end.type)
    times = (func.min(end), func.max(case((end <= at, end))), func.min(case((end > at, end))))
    complete = select(Snapshot.scope, *times).where(POLICIES, Snapshot.state == DONE).group_by(Snapshot.scope)
    done = select(Snapshot.scope, func.max(Snapshot.slot).label("slot"))
    last = done.where(POLICIES, Snapshot.state == DONE, end <= at).group_by(Snapshot.scope).subquery()
    failed = and_(POLICIES, Snapshot.state == FAILED, Snapshot.slot <= at)
    first = select(Snapshot.scope, func.min(Snapshot.slot), func.max(Snapshot.slot))
    first = first.outerjoin(last, last.c.scope == Snapshot.scope)
    return complete, first.where(failed, or_(last.c.slot.is_(None), Snapshot.slot > last.c.slot)).group_by(
        Snapshot.scope
    )


def _resource_notes(session: Session, resource: str, levels: Sequence[str], at: datetime) -> Iterator[Text]:
    """Notes on a resource that no snapshot has seen, or whose project is unknown."""
    name, row = short_name(resource), session.get(Resource, resource)
    if row is None:
        yield texts.NEVER_SEEN(name=name)
    elif row.missing_since is not None and row.missing_since <= at:
        yield texts.MISSING_SINCE(name=name, time=minute(row.missing_since))
    if not levels:
        yield texts.NO_PROJECT(name=name)


def _pauses(scope: str, covering: Sequence[Observation], at: datetime) -> Iterator[Text]:
    """Notes on a time without a snapshot around it. `covering` are the observed scopes that contain `scope`."""
    observed = [item for item in covering if item.first is not None]
    if not observed:
        failing = next((item for item in covering if item.failing_since), None)
        if failing:
            yield texts.NOT_READ_FAILING(scope=scope, failing=failing.scope, since=_failing(failing))
        else:
            yield texts.NOT_READ(scope=scope)
        return
    before = [(item.last, item) for item in observed if item.last is not None]
    if not before:
        yield from _beginning(observed, at)
        return
    last, item = max(before, key=lambda pair: pair[0])
    after = min((item.next for item in observed if item.next is not None), default=None)
    if item.failing_since is not None and after is None:
        yield texts.FAILING(scope=item.scope, time=minute(last), since=_failing(item))
    elif after is None and at - last > STALE:
        yield texts.STALE(scope=item.scope, time=minute(last))
    elif after is not None and after - last > STALE:
        yield texts.PAUSE(scope=item.scope, start=minute(last), end=minute(after))


def _beginning(covering: Sequence[Observation], start: datetime) -> Iterator[Text]:
    """A note that the history begins after a time."""
    firsts = [(item.first, item.scope) for item in covering if item.first is not None]
    if firsts and min(firsts)[0] > start:
        first, scope = min(firsts)
        yield texts.BEGINNING(scope=scope, time=minute(first))


def _unread(levels: Sequence[str], observed: Sequence[Observation]) -> list[str]:
    """The levels above all observed scopes; none if no scope is observed."""
    scopes = {item.scope for item in observed}
    highest = max((index for index, level in enumerate(levels) if level in scopes), default=len(levels))
    return list(levels[highest + 1 :])


def _above_scope(levels: Sequence[str]) -> Text:
    return texts.ABOVE_SCOPE(levels=listed(levels))


def _failing(item: Observation) -> Text:
    since = minute(item.failing_since) if item.failing_since else ""
    return texts.SINCE_WITH_ERROR(time=since, error=item.error) if item.error else Text.verbatim(since)
