"""The incidents of a group of jobs that an event can change: a group may have hundreds, of which the others stay as they are.

An event concerns the incidents that are linked with its names, those that are linked with theirs, and so on. The names of
an incident are stored with it. An incident without stored names, of an older version or of a group that was joined, is
always concerned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from db.error_db.job_groups import reasons
from db.error_db.models import UNRESOLVED, Incident, IncidentName
from db.error_db.periods import EXPIRED, FailureEvent
from db.error_db.timeline import FLAPPING_WINDOW
from db.insert import insert
from shared.model import Finding, Recovery

Key = TypeVar("Key", int, tuple[str, str], str)

BATCH = 500
JOB, OWN, PART_OF = "job", "own", "part of"


@dataclass(slots=True)
class Names:
    """Names by relation: fingerprints of faults, names of jobs and runs, and names of what these are a part of.

    `of_reasons` are names of runs that a reason connects with one of the others.
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
        """Adds a stored name."""
        {JOB: self.jobs, OWN: self.own, PART_OF: self.part_of}[relation].add(name)

    def add_reasons(self, known: Iterable[reasons.RunReason]) -> None:
        """Adds the names that lines about these runs connect with them."""
        for reason in known:
            if reason.own & (self.own | self.part_of):
                self.own |= reason.own
                self.of_reasons |= reason.own

    def rows(self) -> set[tuple[str, str]]:
        """The names as they are stored: relation and name."""
        relations = (JOB, self.jobs), (OWN, self.own), (PART_OF, self.part_of)
        return {(relation, name) for relation, names in relations for name in names}

    def sought(self) -> set[tuple[str, str]]:
        """The stored names of which an incident must have one to be linked with these."""
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
        """The condition for its incidents."""
        same_job = Incident.fingerprint == self.fingerprint
        if not self.is_of_jobs:
            return same_job
        of_group = or_(Incident.fault_group == self.name, same_job)
        return of_group if self.only is None else of_group & Incident.id.in_(self.only)

    @property
    def is_of_jobs(self) -> bool:
        """Whether it has several fingerprints, so that names link its incidents."""
        return self.name != self.fingerprint

    def concerned_by(self, session: Session, names: Names, time: datetime) -> IncidentGroup:
        """The group with only those incidents that an event at `time` with these names can change."""
        if not self.is_of_jobs:
            return self
        return replace(self, only=concerned(session, self.incidents, self.name, names, time))


def touched(time: datetime) -> ColumnElement[bool]:
    """The condition for incidents that an event at `time` can change or flap with."""
    return or_(UNRESOLVED, Incident.resolved_at >= time - FLAPPING_WINDOW, Incident.last_seen_at >= time)


def concerned(
    session: Session, of_group: ColumnElement[bool], group: str, names: Names, time: datetime
) -> frozenset[int]:
    """The incidents of a group that an event at `time` with these names can change."""
    in_reach = of_group, touched(time), Incident.resolved_by.is_distinct_from(EXPIRED)
    has_names = exists(select(IncidentName.incident_id).where(IncidentName.incident_id == Incident.id))
    # An older version that runs beside this one changes the fault of an incident without its names.
    always = ~has_names | Incident.fingerprint.in_(sorted(names.jobs))
    new = set(session.scalars(select(Incident.id).where(*in_reach, always)))
    found, sought = set(new), set[tuple[str, str]]()
    while True:
        _learn(session, names, new)
        if not names.sought() - sought:  # lines about these runs may name further jobs
            names.add_reasons(reasons.load(session, group, _earliest(session, found, time)))
        seeking = names.sought() - sought
        if not seeking:
            return frozenset(found)
        sought |= seeking
        new = set(_with_names(session, in_reach, seeking)) - found
        found |= new


def keep(session: Session, number: int, failures: Iterable[FailureEvent]) -> None:
    """Stores the names of an incident, which are those of all its failures. What it was linked with before is kept."""
    row = IncidentName
    stored = session.execute(select(row.relation, row.name).where(row.incident_id == number))
    missing = Names.of_failures(failures).rows() - {(one.relation, one.name) for one in stored}
    if missing:
        values = [{"incident_id": number, "relation": relation, "name": name} for relation, name in sorted(missing)]
        session.execute(insert(session, row).on_conflict_do_nothing(), values)


def chunks(keys: list[Key]) -> Iterator[list[Key]]:
    """The keys in parts of at most BATCH: a statement takes so many values."""
    bounds = [*range(0, len(keys), BATCH), len(keys)]
    return (keys[first:last] for first, last in pairwise(bounds))


def _learn(session: Session, names: Names, numbers: Iterable[int]) -> None:
    """Adds the stored names of incidents."""
    row = IncidentName
    for chunk in chunks(sorted(numbers)):
        for relation, name in session.execute(select(row.relation, row.name).where(row.incident_id.in_(chunk))):
            names.add(relation, name)


def _earliest(session: Session, numbers: Iterable[int], time: datetime) -> datetime:
    """The begin of the earliest of these incidents, or `time` if that is earlier."""
    times = [time]
    for chunk in chunks(sorted(numbers)):
        times += filter(None, [session.scalar(select(func.min(Incident.opened_at)).where(Incident.id.in_(chunk)))])
    return min(times)


def _with_names(
    session: Session, in_reach: tuple[ColumnElement[bool], ...], sought: AbstractSet[tuple[str, str]]
) -> Iterator[int]:
    """The incidents that have one of these names in its relation."""
    row = IncidentName
    for chunk in chunks(sorted(sought)):
        names = {relation: [name for of, name in chunk if of == relation] for relation, _ in chunk}
        same = or_(*((row.relation == relation) & row.name.in_(names[relation]) for relation in names))
        yield from session.scalars(select(Incident.id).join(row).where(same, *in_reach))
