"""Evaluates the incidents of one fingerprint again, from the time of an event that arrived late.

Events arrive in any order; state, number, begin and end of incidents equal those of an arrival in order. Incidents that
were resolved before the late event stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from db.error_db.models import UNRESOLVED, ActionRun, Incident, Occurrence, RecoveryRow
from db.error_db.recoveries import as_json
from db.error_db.timeline import FailureEvent, IncidentPeriod, RecoveryEvent, evaluate
from shared.model import Severity, Status

BATCH = 500
_COPIED = ("fingerprint", "rule", "title", "kind", "service", "project", "resource", "quiet_seconds", "received_at")


class Replay:
    """The incidents of a fingerprint that an event at `time` can change, and their new state.

    The caller holds the lock of the fingerprint. `new` is the failure that is being recorded, None for a recovery.
    """

    def __init__(self, session: Session, fingerprint: str, time: datetime, new: FailureEvent | None = None) -> None:
        self._session = session
        self._new = new
        self._incidents = self._load_incidents(fingerprint, time)
        self._owner: dict[int, int] = {}
        failures = [*self._load_failures(), *([new] if new else [])]
        start = min([time, *(failure.time for failure in failures)])
        self._periods = evaluate(failures, self._load_recoveries(fingerprint, start))
        self._rows = self._assign()

    def of_new_failure(self) -> tuple[IncidentPeriod, Incident | None]:
        """The period that the new failure belongs to, and its incident, None when there is no incident yet."""
        at = next(index for index, period in enumerate(self._periods) if self._new in period.failures)
        return self._periods[at], self._rows[at]

    def apply(self) -> list[Incident]:
        """Writes the changes; returns the incidents that were unresolved before and are resolved now."""
        unresolved = {incident.id for incident in self._incidents.values() if incident.status != Status.RESOLVED}
        for incident in self._surplus():
            self._merge(incident)
        # Resolved incidents are written first: a fingerprint may have one unresolved incident at any moment.
        pairs = sorted(zip(self._periods, self._rows, strict=True), key=lambda pair: pair[0].ended is None)
        written = [self._write(period, incident) for period, incident in pairs if self._is_known(period)]
        return [one for one in written if one.id in unresolved and one.status == Status.RESOLVED]

    def _load_incidents(self, fingerprint: str, time: datetime) -> dict[int, Incident]:
        touched = or_(UNRESOLVED, Incident.resolved_at >= time)
        live = Incident.resolved_by.is_distinct_from("expired")
        query = select(Incident).where(Incident.fingerprint == fingerprint, live, touched)
        rows = self._session.scalars(query.execution_options(populate_existing=True))
        return {incident.id: incident for incident in rows}

    def _load_failures(self) -> Iterable[FailureEvent]:
        one = Occurrence
        query = select(one.id, one.incident_id, one.time, one.began_at, one.run)
        for row in self._session.execute(query.where(one.incident_id.in_(self._incidents))):
            self._owner[row.id] = row.incident_id
            yield FailureEvent(row.time, row.began_at or row.time, row.run, row.id)

    def _load_recoveries(self, fingerprint: str, start: datetime) -> list[RecoveryEvent]:
        """The recoveries since `start`, and the latest of each run before it, which bounds when a failure can have begun."""
        mine = RecoveryRow.fingerprint == fingerprint
        rows = self._session.scalars(select(RecoveryRow).where(mine, RecoveryRow.time >= start))
        found = [RecoveryEvent(row.time, row.run, row.kind, row.summary, row.unless_after) for row in rows]
        before = mine, RecoveryRow.time < start, RecoveryRow.unless_after.is_(None)
        earlier = select(RecoveryRow.run, func.max(RecoveryRow.time)).where(*before).group_by(RecoveryRow.run)
        found += [RecoveryEvent(time, run, "recovery", "") for run, time in self._session.execute(earlier)]
        return [*found, *self._from_incidents({event.time for event in found})]

    def _from_incidents(self, known: set[datetime]) -> Iterable[RecoveryEvent]:
        """The ends of incidents whose recovery is older than retention, or than the table of recoveries."""
        for incident in self._incidents.values():
            if incident.resolved_at is not None and incident.resolved_at not in known:
                yield RecoveryEvent(
                    incident.resolved_at, "", incident.resolved_by or "recovery", incident.resolution or ""
                )

    def _assign(self) -> list[Incident | None]:
        """The incident that continues as each period: that of its latest failure, unless a later period has it."""
        free = dict(self._incidents)
        rows: list[Incident | None] = []
        for period in reversed(self._periods):
            owners = (self._owner.get(one.occurrence_id or 0, 0) for one in reversed(period.failures))
            rows.append(next((free.pop(owner) for owner in owners if owner in free), None))
        return rows[::-1]

    def _surplus(self) -> list[Incident]:
        kept = {incident.id for incident in self._rows if incident is not None}
        return [incident for incident in self._incidents.values() if incident.id not in kept]

    def _merge(self, incident: Incident) -> None:
        """Deletes an incident whose failures belong to another one, which gets its occurrences and action runs."""
        heirs = (
            row
            for period, row in zip(self._periods, self._rows, strict=True)
            if any(self._owner.get(failure.occurrence_id or 0) == incident.id for failure in period.failures)
        )
        heir = next(heirs, None)
        if heir is None:
            return
        for model in (ActionRun, Occurrence):
            moved = update(model).where(model.incident_id == incident.id).values(incident_id=heir.id)
            self._session.execute(moved, execution_options={"synchronize_session": False})
        self._owner |= {key: heir.id for key, owner in self._owner.items() if owner == incident.id}
        self._session.execute(delete(Incident).where(Incident.id == incident.id))
        self._session.expunge(incident)

    def _is_known(self, period: IncidentPeriod) -> bool:
        """Whether the period has recorded failures; the caller creates an incident that only has the new one."""
        return any(failure is not self._new for failure in period.failures)

    def _write(self, period: IncidentPeriod, incident: Incident | None) -> Incident:
        recorded = [failure for failure in period.failures if failure is not self._new]
        ids = [failure.occurrence_id for failure in recorded if failure.occurrence_id is not None]
        if incident is None:
            incident = self._split_from(self._incidents[self._owner[ids[-1]]], ids)
        _set(incident, period, len(recorded), recorded[-1].time)
        self._session.add(incident)
        self._session.flush()
        self._move(ids, incident)
        return incident

    def _split_from(self, other: Incident, ids: list[int]) -> Incident:
        """A new incident for the earlier failures of another one."""
        latest = self._session.get_one(Occurrence, ids[-1])
        incident = Incident(**{name: getattr(other, name) for name in _COPIED})
        incident.principal, incident.summary = latest.principal, latest.summary
        incident.labels = latest.evidence.get("labels") or other.labels
        incident.severity = self._worst(ids)
        return incident

    def _worst(self, ids: list[int]) -> str:
        found: set[str] = set()
        for chunk in _chunks(ids):
            found |= set(self._session.scalars(select(Occurrence.severity).where(Occurrence.id.in_(chunk)).distinct()))
        return max(map(Severity, found), key=lambda severity: severity.rank)

    def _move(self, ids: list[int], incident: Incident) -> None:
        others = [key for key in ids if self._owner[key] != incident.id]
        for chunk in _chunks(others):
            moved = update(Occurrence).where(Occurrence.id.in_(chunk)).values(incident_id=incident.id)
            self._session.execute(moved, execution_options={"synchronize_session": False})
        if others:
            incident.severity = self._worst(ids)


def _set(incident: Incident, period: IncidentPeriod, count: int, last_seen_at: datetime) -> None:
    ended = period.ended
    incident.opened_at = period.opened_at
    incident.last_seen_at = last_seen_at
    incident.occurrence_count = count
    incident.unrepaired = as_json(period.unrepaired)
    incident.later_success_at = period.later_success_at
    incident.resolved_at = ended.time if ended else None
    incident.resolution = ended.summary if ended else None
    incident.resolved_by = ended.kind if ended else None
    if ended:
        incident.status = Status.RESOLVED
    elif incident.status in (None, Status.RESOLVED):
        incident.status = Status.OPEN


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    bounds = [*range(0, len(ids), BATCH), len(ids)]
    return (ids[first:last] for first, last in pairwise(bounds))
