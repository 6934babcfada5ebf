"""Readings of the log around failures: planned with the occurrence, claimed by one process, recorded once.

A reading is planned in the transaction of its occurrence, so that a message that is delivered again plans none. It is
claimed by a filtered UPDATE with a lease. After the lease ends another process may take the reading over; the result of
the first process is then dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.error_db.changes import IncidentChanges
from db.error_db.job_groups import follow_ups, merges, reasons
from db.error_db.job_groups.related import IncidentGroup
from db.error_db.models import Incident, Occurrence
from db.error_db.models.log_readings import LogReadingRow
from db.error_db.replay import Replay
from db.insert import insert
from db.sanitize import clean, clean_json
from shared.identity.error_classes import of_texts
from shared.log_readings import AFTER, BEFORE, EVIDENCE, LogReading, ReadingResult
from shared.model import Finding
from shared.records import IncidentChange
from shared.redaction import Redactor

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
PAUSE = timedelta(minutes=1)  # before the next attempt, for each attempt so far
# Of the 60 reads a minute that Cloud Logging allows a project, which the history needs too.
PER_MINUTE = 20


def plan(session: Session, occurrence_id: int, finding: Finding, now: datetime) -> None:
    """Plans the reading for a new occurrence, if its entry does not say why the run failed."""
    if not finding.reason_log or not finding.project or finding.expired:
        return
    values = {
        "occurrence_id": occurrence_id,
        "project": clean(finding.project, 100),
        "query": clean(finding.reason_log),
        "since": (finding.since or finding.time) - BEFORE,
        "until": finding.time + AFTER,
        "planned_at": now,
        "due_at": now,
        "attempts": 0,
    }
    session.execute(insert(session, LogReadingRow).values(values).on_conflict_do_nothing())


def claim(
    session: Session, now: datetime, *, limit: int, incident_ids: Collection[int] | None = None
) -> list[LogReading]:
    """Claims readings that are due, the earliest first, and no more than PER_MINUTE in a minute."""
    recent = (
        select(func.count()).select_from(LogReadingRow).where(LogReadingRow.claimed_at > now - timedelta(minutes=1))
    )
    most = min(limit, PER_MINUTE - (session.scalar(recent) or 0))
    if most <= 0:
        return []
    is_due = LogReadingRow.done_at.is_(None), LogReadingRow.due_at <= now
    query = (
        select(LogReadingRow, Occurrence).join(Occurrence, Occurrence.id == LogReadingRow.occurrence_id).where(*is_due)
    )
    if incident_ids is not None:
        query = query.where(Occurrence.incident_id.in_(incident_ids))
    claimed = []
    for row, occurrence in session.execute(
        query.order_by(LogReadingRow.due_at, LogReadingRow.occurrence_id).limit(most)
    ).all():
        attempt = row.attempts + 1
        taken = (
            update(LogReadingRow)
            .where(LogReadingRow.occurrence_id == row.occurrence_id, LogReadingRow.attempts == row.attempts, *is_due)
            .values(attempts=attempt, claimed_at=now, due_at=now + LEASE)
            .returning(LogReadingRow.occurrence_id)
            .execution_options(synchronize_session=False)
        )
        if session.scalar(taken) is not None:
            claimed.append(_reading(row, occurrence, attempt))
    return claimed


def _reading(row: LogReadingRow, occurrence: Occurrence, attempt: int) -> LogReading:
    return LogReading(
        occurrence_id=row.occurrence_id,
        incident_id=occurrence.incident_id,
        project=row.project,
        query=row.query,
        since=row.since,
        until=row.until,
        planned_at=row.planned_at,
        attempt=attempt,
        insert_id=occurrence.insert_id,
        shown=occurrence.summary,
    )


class LogReadings(IncidentChanges):
    """Records what readings found, within the transaction of `session` at `now`."""

    def record_reading(
        self, reading: LogReading, result: ReadingResult, *, redact: Sequence[str], is_final: bool
    ) -> list[IncidentChange]:
        """Records the result on the evidence, and a line as the reason of the incident; returns the incidents that changed.

        Nothing happens if another process has taken the reading over. Without `is_final`, it is due again later.
        """
        values = {"done_at": self.now} if is_final else {"due_at": self.now + PAUSE * reading.attempt}
        current = (
            LogReadingRow.occurrence_id == reading.occurrence_id,
            LogReadingRow.attempts == reading.attempt,
            LogReadingRow.done_at.is_(None),
        )
        changed = update(LogReadingRow).where(*current).values(values).returning(LogReadingRow.occurrence_id)
        if self.session.scalar(changed.execution_options(synchronize_session=False)) is None:
            return []
        incident = self._locked_incident(reading.occurrence_id)
        occurrence = self.session.get(Occurrence, reading.occurrence_id, with_for_update=True)
        if incident is None or occurrence is None:
            return []
        redactor = Redactor(redact)
        record = {
            name: clean(redactor.mask(value)) if isinstance(value, str) else value
            for name, value in result.as_evidence(reading, self.now).items()
        }
        occurrence.evidence = {**occurrence.evidence, EVIDENCE: clean_json(record)}
        self.session.flush()
        return self._explain_occurrence(incident, occurrence, record["text"]) if result.line else []

    def _locked_incident(self, occurrence_id: int) -> Incident | None:
        """The incident of an occurrence with its group locked; another transaction may move the occurrence meanwhile."""
        number = select(Occurrence.incident_id).where(Occurrence.id == occurrence_id)
        before = None
        while (now := self.session.scalar(number)) != before:
            before = now
            incident = None if now is None else merges.locked_incident(self.session, now, self.now)
        return incident if before is not None else None

    def _explain_occurrence(self, incident: Incident, occurrence: Occurrence, text: str) -> list[IncidentChange]:
        """Stores the line as the reason of this occurrence, unless a rule has found a better one."""
        group = IncidentGroup(incident.fault_group or incident.fingerprint, incident.fingerprint)
        reasons.keep_of_occurrence(self.session, occurrence, text, str(of_texts([text])), group.name)
        replay = Replay(self.session, group, occurrence.time, self.now)
        changed = [self._changed(one, trigger, occurrence.event_key) for one, trigger in replay.apply()]
        return changed + [self._cause_found(one) for one in follow_ups.due(replay.explained(), self.now)]
