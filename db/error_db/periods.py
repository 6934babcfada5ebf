"""The arguments and results of evaluating a group of jobs: failures, recoveries, and the resulting incidents.

No database.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from shared.lazy.dataclass import dataclass
from shared.model import FailedOperation

QUIET = "quiet"  # kind of the end of an incident of which only no further failure was seen
EXPIRED = "expired"  # kind of the end of an incident about an event that was too old when it arrived
FAILED = "failed"  # kind of the end of an incident about an operation that failed
WITHDRAWN = "withdrawn"  # kind of the end of an incident whose recovery did not take place, until it is evaluated again
Run = tuple[str, str]  # fingerprint and run


@dataclass(frozen=True, slots=True)
class FailureEvent:
    """One occurrence. `occurrence_id` is None while it is being recorded; `began` is at most `time`.

    `own` has the names of the job and run that failed, and `part_of` those of jobs and runs that fail because of it.
    Failures that differ in a value of `separate_by` are not linked. `changes` are the faults of a failure that represents
    several, by fingerprint and name; each is repaired separately. A failure with a `state` only shows that state: after a
    person closed its incident, an equal state opens no new one. `failed` is set if the operation behind it failed: then the
    incident lasts only until that time.
    """

    time: datetime
    began: datetime
    run: str
    occurrence_id: int | None
    fingerprint: str = ""
    own: frozenset[str] = frozenset()
    part_of: frozenset[str] = frozenset()
    changes: tuple[tuple[str, str], ...] = ()
    separate_by: frozenset[tuple[str, str]] = frozenset()
    quiet_seconds: int | None = None
    state: str = ""
    resource: str = ""
    failed: FailedOperation | None = None

    @property
    def faults(self) -> list[str]:
        """The fingerprints that must recover to repair this failure."""
        return [name for name, _ in self.changes] or [self.fingerprint]

    def is_deeper(self, other: FailureEvent) -> bool:
        """Whether this failure is a cause of the other failure."""
        return bool(self.part_of & other.own) and not other.part_of & self.own


@dataclass(frozen=True, slots=True)
class RecoveryEvent:
    """A recovery of one `run` of a fingerprint, or of all its runs when `run` is empty.

    If its fingerprint is the name of a job, it repairs all parts of that job, except those with other values of
    `separate_by`. `unless_after` is set for a quiet period: a failure after that time that arrives late cancels the
    recovery. A recovery that `ends` its incident, such as a resolution by a person, resolves it completely.
    """

    time: datetime
    run: str
    kind: str
    summary: str
    unless_after: datetime | None = None
    fingerprint: str = ""
    ends: bool = False
    separate_by: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True)
class IncidentPeriod:
    """One incident: its failures, its start, and the recovery that ended it (None while a run is unrepaired).

    `flapping_since` is the time when it began to flap; `calm` is then the latest recovery without a later failure.
    """

    opened_at: datetime
    failures: list[FailureEvent]
    unrepaired: dict[Run, datetime] = field(default_factory=dict)
    later_success_at: datetime | None = None
    ended: RecoveryEvent | None = None
    flapping_since: datetime | None = None
    calm: RecoveryEvent | None = None
    separate_by: dict[str, str] = field(default_factory=dict)

    def take(self, other: IncidentPeriod) -> None:
        """Takes over the failures and unrepaired runs of another incident."""
        self.opened_at = min(self.opened_at, other.opened_at)
        self.failures += other.failures
        for run, time in other.unrepaired.items():
            self.unrepaired[run] = max(time, self.unrepaired.get(run, time))
        self.later_success_at = max(filter(None, (self.later_success_at, other.later_success_at)), default=None)

    def is_apart(self, event: FailureEvent | RecoveryEvent) -> bool:
        """Whether its first failure with a value in `separate_by` has a different value."""
        return any(self.separate_by.get(name, value) != value for name, value in event.separate_by)

    @property
    def real(self) -> list[FailureEvent]:
        """The failures of the period, without failures of failed operations if there are others."""
        return [one for one in self.failures if one.failed is None] or self.failures

    @property
    def last_seen_at(self) -> datetime:
        """The event time of its latest failure."""
        return self.failures[-1].time

    @property
    def cause(self) -> FailureEvent:
        """The latest failure of the deepest job."""
        failures = self.real
        deepest, seen = failures[0], set[str]()
        while deepest.fingerprint not in seen:
            seen.add(deepest.fingerprint)
            deepest = next((one for one in reversed(failures) if one.is_deeper(deepest)), deepest)
        return next(one for one in reversed(failures) if one.fingerprint == deepest.fingerprint)

    @property
    def effects(self) -> list[str]:
        """The resources of the jobs that failed because of the deepest one, earliest first."""
        cause = self.cause.fingerprint
        return list(dict.fromkeys(one.resource for one in self.failures if one.resource and one.fingerprint != cause))

    @property
    def quiet_seconds(self) -> int | None:
        """The longest quiet period of its jobs; None if one of them has none."""
        periods = {one.quiet_seconds for one in self.failures}
        return None if None in periods else max(filter(None, periods), default=None)

    def state_of(self, failure: FailureEvent) -> str:
        """The state that the previous failure of the same job showed."""
        same = (one for one in reversed(self.failures) if one is not failure and one.failed is None)
        return next((one.state for one in same if one.fingerprint == failure.fingerprint), "")

    def unrepaired_runs(self) -> dict[str, datetime]:
        """The unrepaired runs of the incident, or unrepaired changes of one call, with their latest failures."""
        changes = {name: text for failure in self.failures for name, text in failure.changes}
        runs: dict[str, datetime] = {}
        for (name, run), time in self.unrepaired.items():
            shown = changes.get(name, run)
            runs[shown] = max(time, runs.get(shown, time))
        return runs
