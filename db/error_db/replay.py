"""Evaluates the incidents of a group of jobs again, from the time of an event.

Events arrive in any order; the state, number, start and end of incidents are the same as for an arrival in order. Incidents
that were resolved long before the event are unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.error_db.job_groups import merges, reasons, related, stored_events
from db.error_db.job_groups.quiet_ends import QuietEnds
from db.error_db.job_groups.related import IncidentGroup, chunks
from db.error_db.models import Incident, Occurrence
from db.error_db.periods import FAILED, QUIET, WITHDRAWN, FailureEvent, IncidentPeriod, RecoveryEvent
from db.error_db.recoveries import as_json
from db.error_db.timeline import evaluate
from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, Severity, Status, Trigger

_COPIED = (
    *("rule", "title", "kind", "service", "project", "resource", "received_at"),
    *("quiet_seconds", "rule_quiet_seconds", "usual_seconds", "error_class"),
)


class Replay:
    """The incidents of a group that an event at `time` can change, and their new state as of `now`.

    The caller has locked the group. `new` is the failure that is being recorded, None for a recovery, and `draft` the
    incident that it opens if it belongs to none. With `shows_state`, the event is compared with the states of incidents
    that were closed without a recovery.
    """

    def __init__(
        self,
        session: Session,
        group: IncidentGroup,
        time: datetime,
        now: datetime,
        new: FailureEvent | None = None,
        *,
        shows_state: bool = False,
        draft: Incident | None = None,
    ) -> None:
        self._session = session
        self._group = group
        self._incidents = {one.id: one for one in group.touched(session, time, closed_early=shows_state)}
        self._owner: dict[int, int] = {}
        failures = [*self._load_failures(), *([new] if new else [])]
        owners = {key: self._incidents[number] for key, number in self._owner.items()}
        quiet = QuietEnds(session, owners, new, draft)
        failures = quiet.with_lengths(failures)
        start = min([time, *(failure.time for failure in failures)])
        self._reasons = reasons.load(session, group.name, start)
        failures = [reasons.with_names(failure, self._reasons) for failure in failures]
        self.new = failures[-1] if new else None
        self._periods = evaluate(failures, self._load_recoveries(failures, start), now, quiet.end)
        self._rows = self._assign()
        self._merged = self._merges()
        self._unexplained = [one for one in self._incidents.values() if one.reason is None]

    def explained(self) -> list[Incident]:
        """The incidents for which a reason has become known since `apply`."""
        return [one for one in self._rows if one in self._unexplained and one.reason is not None]

    def reason(self, period: IncidentPeriod) -> str | None:
        """The reason why the deepest job of an incident failed, from another entry of its run."""
        best = reasons.best(period.cause, self._reasons)
        return best.text if best else None

    def explain(self, incident: Incident, period: IncidentPeriod) -> None:
        """Writes the reason to an incident, and the class of its error if the reason has one."""
        best = reasons.best(period.cause, self._reasons)
        incident.reason = best.text if best else None
        if best and best.error not in (None, ErrorClass.UNKNOWN):
            incident.error_class = best.error

    def of_new_failure(self) -> tuple[IncidentPeriod, Incident | None]:
        """The period of the new failure, and its incident; None if there is no incident yet."""
        at = next(index for index, period in enumerate(self._periods) if self.new in period.failures)
        return self._periods[at], self._rows[at]

    def of_occurrence(self, number: int) -> tuple[IncidentPeriod, Incident | None]:
        """The period of a recorded occurrence, and its incident."""
        of = (at for at, period in enumerate(self._periods) for one in period.failures if one.occurrence_id == number)
        at = next(of)
        return self._periods[at], self._rows[at]

    def continued(self) -> list[Incident]:
        """The incidents that continue in the incident of the new failure: itself, and those that are merged into it."""
        at = next(index for index, period in enumerate(self._periods) if self.new in period.failures)
        return self._continued(at)

    def apply(self) -> list[tuple[Incident, Trigger]]:
        """Writes the changes; returns the incidents that are resolved now, and those that began to flap."""
        before = [_Before.of(self._continued(at)) for at in range(len(self._periods))]
        self._merge()
        self._free_fingerprints()
        # Resolved incidents are written first: a fingerprint may have one unresolved incident at any moment.
        changed = []
        for at in sorted(range(len(self._periods)), key=lambda at: self._periods[at].ended is None):
            period = self._periods[at]
            if self._is_recorded(period):
                incident = self._rows[at] = self._write(period, self._rows[at])
                if before[at].acknowledged and incident.status == Status.OPEN:
                    incident.status = Status.ACKNOWLEDGED
                trigger = _trigger(incident, before[at])
                changed += [(incident, trigger)] if trigger else []
        return changed

    def recovered_by(self, time: datetime) -> list[Incident]:
        """The incidents that a recovery at `time` resolved, or whose flapping it ended."""
        pairs = zip(self._periods, self._rows, strict=True)
        ends = ((period.ended or period.calm, incident) for period, incident in pairs)
        return [incident for end, incident in ends if incident is not None and end is not None and end.time == time]

    def closed_quietly(self) -> list[Incident]:
        """The incidents that a quiet period closed."""
        ends = ((period.ended, incident) for period, incident in zip(self._periods, self._rows, strict=True))
        return [incident for end, incident in ends if incident is not None and end is not None and end.kind == QUIET]

    def _load_failures(self) -> Iterable[FailureEvent]:
        for owner, failure in stored_events.failures(self._session, self._incidents):
            self._owner[failure.occurrence_id or 0] = owner
            yield failure

    def _load_recoveries(self, failures: Iterable[FailureEvent], start: datetime) -> list[RecoveryEvent]:
        names = {self._group.fingerprint, *(one.fingerprint for one in self._incidents.values())}
        names |= stored_events.names_of(failures)
        recoveries = list(stored_events.recoveries(self._session, names, start))
        recoveries += stored_events.latest_before(self._session, names, start)
        return [*recoveries, *self._from_incidents({event.time for event in recoveries})]

    def _from_incidents(self, known_times: set[datetime]) -> Iterable[RecoveryEvent]:
        """The recoveries that incidents still show although the stored recovery has been deleted."""
        for one in self._incidents.values():
            if (
                one.resolved_at is not None
                and one.resolved_at not in known_times
                and one.resolved_by not in (FAILED, WITHDRAWN)
            ):
                kind, text = one.resolved_by or "recovery", one.resolution or ""
                quiet_since = one.last_seen_at if kind == QUIET else None
                yield RecoveryEvent(one.resolved_at, "", kind, text, quiet_since, one.fingerprint, ends=True)

    def _assign(self) -> list[Incident | None]:
        """The incident that continues as each period: that of its latest failure, unless a later period has it."""
        free = dict(self._incidents)
        rows: list[Incident | None] = []
        for period in reversed(self._periods):
            owners = (self._owner.get(one.occurrence_id or 0, 0) for one in reversed(period.failures))
            rows.append(next((free.pop(owner) for owner in owners if owner in free), None))
        return rows[::-1]

    def _merges(self) -> list[list[Incident]]:
        """The incidents that merge into that of each period; the lowest number that was notified remains."""
        surplus: list[list[Incident]] = [[] for _ in self._periods]
        at_of = {
            self._owner.get(failure.occurrence_id or 0): at
            for at, period in enumerate(self._periods)
            for failure in period.failures
        }
        assigned = {incident.id for incident in self._rows if incident is not None}
        for number, incident in self._incidents.items():
            if number not in assigned and number in at_of:
                surplus[at_of[number]].append(incident)
        for at, merged in enumerate(surplus):
            if merged:
                self._keep_notified(at, merged)
        return surplus

    def _keep_notified(self, at: int, merged: list[Incident]) -> None:
        """Lets the lowest notified number remain as the incident of a period, in exchange for its current number."""
        present = self._rows[at]
        if present is None:
            return
        notified = merges.notified_numbers(self._session, [present.id, *(one.id for one in merged)])
        remaining = min(
            (one for one in (present, *merged) if one.id in notified), key=lambda one: one.id, default=present
        )
        if remaining is not present:
            merged[merged.index(remaining)] = present
            self._rows[at] = remaining

    def _continued(self, at: int) -> list[Incident]:
        present = self._rows[at]
        return [*([present] if present else []), *self._merged[at]]

    def _merge(self) -> None:
        for remaining, merged in zip(self._rows, self._merged, strict=True):
            if remaining is None:
                continue
            for one in merged:
                self._owner |= {key: remaining.id for key, owner in self._owner.items() if owner == one.id}
                merges.merge(self._session, one, remaining)

    def _free_fingerprints(self) -> None:
        """Releases the fingerprints of incidents that get another one, so that no two are equal in between."""
        for period, incident in zip(self._periods, self._rows, strict=True):
            if incident is not None and incident.fingerprint != period.failures[0].fingerprint:
                incident.fingerprint = f"~{incident.id}"
        self._session.flush()

    def _is_recorded(self, period: IncidentPeriod) -> bool:
        """Whether the period has recorded failures. For one with only the new failure, the caller adds an incident."""
        return any(failure is not self.new for failure in period.failures)

    def _write(self, period: IncidentPeriod, incident: Incident | None) -> Incident:
        recorded = [failure for failure in period.failures if failure is not self.new]
        ids = [failure.occurrence_id for failure in recorded if failure.occurrence_id is not None]
        counted = _counted(recorded)
        if incident is None:
            incident = self._split_from(self._incidents[self._owner[ids[-1]]], ids)
            merges.number_anew(self._session, incident)
        elif self._is_unchanged(incident, period, ids, counted):
            return incident
        if incident.fault_group is None or self._group.name != self._group.fingerprint:
            incident.fault_group = self._group.name
        _set(incident, period, len(counted), counted[-1].time)
        self._session.add(incident)
        self._session.flush()
        self._move(ids, incident)
        if self._group.is_of_jobs:
            related.keep(self._session, incident.id, period.failures)
        if period.cause is not self.new:
            show_cause(self._session, incident, period)
        self.explain(incident, period)
        return incident

    def _is_unchanged(
        self, incident: Incident, period: IncidentPeriod, ids: list[int], counted: list[FailureEvent]
    ) -> bool:
        """Whether the incident has the same failures and the same state: in a storm most of a group have."""
        if incident.occurrence_count != len(counted) or any(self._owner[key] != incident.id for key in ids):
            return False
        values = _state(period, len(counted), counted[-1].time)
        same = all(getattr(incident, name) == value for name, value in values.items())
        same = same and incident.reason == self.reason(period)
        return same and incident.fault_group is not None and (incident.status == Status.RESOLVED) == bool(period.ended)

    def _split_from(self, other: Incident, ids: list[int]) -> Incident:
        """A new incident for the earlier failures of another one."""
        latest = self._session.get_one(Occurrence, ids[-1])
        incident = Incident(**{name: getattr(other, name) for name in _COPIED})
        incident.principal, incident.summary = latest.principal, latest.summary
        incident.labels = latest.evidence.get("labels") or other.labels
        incident.severity = self._worst(ids)
        return incident

    def _worst(self, ids: list[int]) -> str:
        severities: set[str] = set()
        for chunk in chunks(ids):
            severities |= set(
                self._session.scalars(select(Occurrence.severity).where(Occurrence.id.in_(chunk)).distinct())
            )
        return max(map(Severity, severities), key=lambda severity: severity.rank)

    def _move(self, ids: list[int], incident: Incident) -> None:
        others = [key for key in ids if self._owner[key] != incident.id]
        for chunk in chunks(others):
            moved = update(Occurrence).where(Occurrence.id.in_(chunk)).values(incident_id=incident.id)
            self._session.execute(moved, execution_options={"synchronize_session": False})
        if others:
            incident.severity = self._worst(ids)


def _counted(failures: list[FailureEvent]) -> list[FailureEvent]:
    """The failures that an incident counts. Failures that a late entry disproved count only if there are no others."""
    return [one for one in failures if one.failed is None or one.failed.reason] or failures


def show_cause(session: Session, incident: Incident, period: IncidentPeriod, new: Occurrence | None = None) -> None:
    """Describes an incident of several jobs by its deepest job. `new` is the occurrence that was just recorded."""
    cause = period.cause
    occurrence = new if cause.occurrence_id is None else session.get(Occurrence, cause.occurrence_id)
    was_announced = any(one.failed for one in period.failures)  # the incident may show a change that did not take place
    if occurrence is None or not (occurrence.links or was_announced):
        return
    if occurrence.links:
        for name, value in occurrence.links["incident"].items():
            setattr(incident, name, value)
        incident.quiet_seconds = incident.rule_quiet_seconds = period.quiet_seconds
        incident.effects = period.effects
    incident.rule, incident.principal, incident.summary = occurrence.rule, occurrence.principal, occurrence.summary
    incident.labels = occurrence.evidence.get("labels") or {}
    session.flush()


@dataclass(frozen=True, slots=True)
class _Before:
    """The state before an evaluation of the incidents that one incident continues."""

    unresolved: bool
    acknowledged: bool
    flapping: bool

    @classmethod
    def of(cls, incidents: Iterable[Incident]) -> _Before:
        states = [(one.status, one.flapping_since) for one in incidents]
        return cls(
            any(status != Status.RESOLVED for status, _ in states),
            any(status == Status.ACKNOWLEDGED for status, _ in states),
            any(since is not None for _, since in states),
        )


def _trigger(incident: Incident, before: _Before) -> Trigger | None:
    if incident.status == Status.RESOLVED:
        return Trigger.RESOLVED if before.unresolved else None
    return Trigger.FLAPPING if incident.flapping_since and not before.flapping else None


def _set(incident: Incident, period: IncidentPeriod, count: int, last_seen_at: datetime) -> None:
    for name, value in _state(period, count, last_seen_at).items():
        setattr(incident, name, value)
    if period.ended:
        incident.status = Status.RESOLVED
    elif incident.status in (None, Status.RESOLVED):
        incident.status = Status.OPEN


def _state(period: IncidentPeriod, count: int, last_seen_at: datetime) -> dict[str, Any]:
    """The values of an incident's columns that follow from its failures and recoveries."""
    ended = period.ended
    return {
        "fingerprint": period.failures[0].fingerprint,
        "opened_at": period.opened_at,
        "last_seen_at": last_seen_at,
        "occurrence_count": count,
        "unrepaired": as_json(period.unrepaired_runs()),
        "later_success_at": period.later_success_at,
        "flapping_since": period.flapping_since,
        "calm_at": period.calm.time if period.calm else None,
        "quiet_seconds": period.quiet_seconds,  # measured again when it may be over
        "resolved_at": ended.time if ended else None,
        "resolution": ended.summary if ended else None,
        "resolved_by": ended.kind if ended else None,
    }
