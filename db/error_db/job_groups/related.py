"""Selects the incidents of a group of jobs that an event can change. A group may have hundreds; the others stay unchanged.

An event concerns the incidents linked with its names, those linked with their names, and so on. The names of an
incident are stored with it. An incident without stored names (from an older version, or of a group that was joined) is
always selected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from db.error_db.job_groups import reasons
from db.error_db.models import UNRESOLVED, Incident, IncidentName
from db.error_db.periods import EXPIRED, FailureEvent
from db.error_db.timeline import FLAPPING_WINDOW
from db.insert import dialect_of, insert_of
from db.tables import table_of
from shared.lazy.dataclass import dataclass
from shared.model import Finding, Recovery

if TYPE_CHECKING:
    from db.insert import Insert

Key = TypeVar("Key", int, tuple[str, str], str)

BATCH = 500
JOB, OWN, PART_OF = "job", "own", "part of"


@dataclass(slots=True)
class Names:
    """Names by relation: fingerprints of faults, names of jobs and runs, and names of the jobs and runs that contain them.

    `of_reasons` are names of runs that a reason connects with one of the other names.
    """

    jobs: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    part_of: set[str] = field(default_factory=set)
    of_reasons: set[str] = field(default_factory=set)

    @classmethod
    def of_failures(cls, failures: Iterable[FailureEvent]) -> Names:
        """The names of failures."""
        names = cls()
        for one in failures:
            names.jobs |= {one.fingerprint, *one.faults}
            names.own |= one.own
            names.part_of |= one.part_of
        return names

    @classmethod
    def of_recovery(cls, names: Iterable[str]) -> Names:
        """The names under which a recovery is stored: of faults, and of jobs whose parts it repairs."""
        return cls(jobs=set(names), own=set(names))

    def add(self, relation: str, name: str) -> None:
        """Adds a name from the database."""
        {JOB: self.jobs, OWN: self.own, PART_OF: self.part_of}[relation].add(name)

    def add_reasons(self, known: Iterable[reasons.RunReason]) -> None:
        """Adds the names that reasons of these runs connect with them."""
        for reason in known:
            if reason.own & (self.own | self.part_of):
                self.own |= reason.own
                self.of_reasons |= reason.own

    def rows(self) -> set[tuple[str, str]]:
        """The names as stored: relation and name."""
        relations = (JOB, self.jobs), (OWN, self.own), (PART_OF, self.part_of)
        return {(relation, name) for relation, names in relations for name in names}

    def sought(self) -> set[tuple[str, str]]:
        """The names that link an incident with these names, if one of them is stored with it."""
        relations = (JOB, self.jobs), (PART_OF, self.own), (OWN, self.part_of | self.of_reasons)
        return {(relation, name) for relation, names in relations for name in names}


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """The incidents that are evaluated together: those of a group of jobs, or of a fingerprint without a group.

    `fingerprint` also matches incidents that were recorded before their rule had a group. `only` are the incidents of the
    group that an event concerns, None for all.
    """

    name: str
    fingerprint: str
    only: frozenset[int] | None = None

    @classmethod
    def of(cls, effect: Finding | Recovery) -> IncidentGroup:
        """The group of a finding or a recovery."""
        return cls(effect.links.group or effect.fingerprint, effect.fingerprint)

    @property
    def incidents(self) -> ColumnElement[bool]:
        """The condition for the incidents of the group."""
        same_job = Incident.fingerprint == self.fingerprint
        if not self.is_of_jobs:
            return same_job
        of_group = or_(Incident.fault_group == self.name, same_job)
        return of_group if self.only is None else of_group & Incident.id.in_(self.only)

    def touched(self, session: Session, time: datetime, *, closed_early: bool = False) -> Sequence[Incident]:
        """The incidents that an event at `time` can change, by number; on request, also those closed without a recovery."""
        query = _touched(self.is_of_jobs, self.is_of_jobs and self.only is not None, closed_early)
        return session.scalars(query, self.in_reach(time) | {_ONLY.key: sorted(self.only or ())}).all()

    def in_reach(self, time: datetime) -> dict[str, Any]:
        """The parameters of queries for incidents that an event at `time` can change."""
        times = {_TIME.key: time, _SINCE.key: time - FLAPPING_WINDOW}
        return {**times, _FINGERPRINT.key: self.fingerprint, _GROUP.key: self.name}

    @property
    def is_of_jobs(self) -> bool:
        """Whether the group contains several fingerprints, so that its incidents are linked by names."""
        return self.name != self.fingerprint

    def concerned_by(self, session: Session, names: Names, time: datetime) -> IncidentGroup:
        """The group reduced to the incidents that an event at `time` with these names can change."""
        if not self.is_of_jobs:
            return self
        return replace(self, only=_concerned(session, self, names, time))


# The parameters of `_touched`, which is built once: every message needs it, and to build it took longer than to execute it.
_TIME = bindparam("touched_time", type_=Incident.__table__.c.last_seen_at.type)
_SINCE = bindparam("touched_since", type_=Incident.__table__.c.resolved_at.type)
_FINGERPRINT: BindParameter[str] = bindparam("touched_fingerprint")
_GROUP: BindParameter[str] = bindparam("touched_group")
_ONLY: BindParameter[Any] = bindparam("touched_only", expanding=True)


@cache
def _touched(of_jobs: bool, has_only: bool, closed_early: bool) -> Select[Incident]:  # noqa: FBT001 - the key of the cache
    can_change = _can_change()
    if closed_early:
        can_change |= Incident.resolved_by != "recovery"
    query = select(Incident).where(can_change, _is_live(), _of_group(of_jobs, has_only))
    return query.order_by(Incident.id).execution_options(populate_existing=True)


def _of_group(of_jobs: bool, has_only: bool) -> ColumnElement[bool]:  # noqa: FBT001
    same_job = Incident.fingerprint == _FINGERPRINT
    if not of_jobs:
        return same_job
    of_group = or_(Incident.fault_group == _GROUP, same_job)
    return of_group & Incident.id.in_(_ONLY) if has_only else of_group


def _can_change() -> ColumnElement[bool]:
    """The condition for incidents that an event can change, or with which it may be flapping."""
    return or_(UNRESOLVED, Incident.resolved_at >= _SINCE, Incident.last_seen_at >= _TIME)


def _is_live() -> ColumnElement[bool]:
    return Incident.resolved_by.is_distinct_from(EXPIRED)


def _concerned(session: Session, group: IncidentGroup, names: Names, time: datetime) -> frozenset[int]:
    """The incidents of a group that an event at `time` with these names can change."""
    in_reach = group.in_reach(time)
    new = set(session.scalars(_always(), in_reach | {_JOBS.key: sorted(names.jobs)}))
    found, sought = set(new), set[tuple[str, str]]()
    while True:
        _learn(session, names, new)
        if not names.sought() - sought:  # lines about these runs may name further jobs
            names.add_reasons(reasons.load(session, group.name, _earliest(session, found, time)))
        seeking = names.sought() - sought
        if not seeking:
            return frozenset(found)
        sought |= seeking
        new = set(_with_names(session, in_reach, seeking)) - found
        found |= new


_JOBS: BindParameter[Any] = bindparam("related_jobs", expanding=True)


@cache
def _always() -> Select[int]:
    """The condition for incidents without stored names.

    An older version that runs at the same time does not update names when it changes an incident.
    """
    has_names = exists(select(IncidentName.incident_id).where(IncidentName.incident_id == Incident.id))
    always = ~has_names | Incident.fingerprint.in_(_JOBS)
    return select(Incident.id).where(_of_group(True, False), _can_change(), _is_live(), always)


def keep(session: Session, number: int, failures: Iterable[FailureEvent]) -> None:
    """Stores the names of an incident: the names of all its failures. Earlier links are kept."""
    stored = session.execute(_NAMES, {_NUMBERS.key: [number]})
    missing = Names.of_failures(failures).rows() - {(one.relation, one.name) for one in stored}
    if missing:
        values = [{"incident_id": number, "relation": relation, "name": name} for relation, name in sorted(missing)]
        session.execute(_new_names(dialect_of(session)), values)


@cache
def _new_names(dialect: str) -> Insert:
    return insert_of(dialect, table_of(IncidentName)).on_conflict_do_nothing()


def chunks(keys: list[Key]) -> Iterator[list[Key]]:
    """The keys in parts of at most BATCH, the number of values that a statement can take."""
    bounds = [*range(0, len(keys), BATCH), len(keys)]
    return (keys[first:last] for first, last in pairwise(bounds))


_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_NAMES = select(IncidentName.relation, IncidentName.name).where(IncidentName.incident_id.in_(_NUMBERS))
_EARLIEST = select(func.min(Incident.opened_at)).where(Incident.id.in_(_NUMBERS))


def _learn(session: Session, names: Names, numbers: Iterable[int]) -> None:
    """Adds the stored names of incidents."""
    for chunk in chunks(sorted(numbers)):
        for relation, name in session.execute(_NAMES, {_NUMBERS.key: chunk}):
            names.add(relation, name)


def _earliest(session: Session, numbers: Iterable[int], time: datetime) -> datetime:
    """The beginning of the earliest of these incidents, or `time` if that is earlier."""
    times = [time]
    for chunk in chunks(sorted(numbers)):
        times += filter(None, [session.scalar(_EARLIEST, {_NUMBERS.key: chunk})])
    return min(times)


def _with_names(session: Session, in_reach: Mapping[str, Any], sought: AbstractSet[tuple[str, str]]) -> Iterator[int]:
    """The incidents that have one of these names in its relation."""
    for chunk in chunks(sorted(sought)):
        names = {_OF[each].key: [name for relation, name in chunk if relation == each] for each in _OF}
        yield from session.scalars(_sharing_names(), {**in_reach, **names})


_OF: dict[str, BindParameter[Any]] = {
    JOB: bindparam("related_to_jobs", expanding=True),
    OWN: bindparam("related_to_own", expanding=True),
    PART_OF: bindparam("related_to_parts", expanding=True),
}


@cache
def _sharing_names() -> Select[int]:
    row = IncidentName
    same = or_(*((row.relation == relation) & row.name.in_(names) for relation, names in _OF.items()))
    return select(Incident.id).join(row).where(same, _of_group(True, False), _can_change(), _is_live())
