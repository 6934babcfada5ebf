"""Corrects recorded occurrences when an earlier entry arrives late and shows more. The caller has locked the group."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, select
from sqlalchemy.orm import Session

from db.error_db.job_groups.related import IncidentGroup
from db.error_db.models import Incident, Occurrence, RecoveryRow
from db.error_db.periods import FAILED, WITHDRAWN
from db.error_db.recoveries import covered_names, event_of
from db.sanitize import scrubbed_key
from shared.log_readings import EVIDENCE as LOG_READING
from shared.model import Finding, Recovery, Status

# What an occurrence keeps: when and how its entry arrived.
_KEPT = ("id", "incident_id", "received_at", "message_id")


def corrected(session: Session, finding: Finding, group: IncidentGroup) -> Occurrence | None:
    """The recorded occurrence that the finding corrects, and its incident in this group; None if there is none."""
    if finding.replaces is None:
        return None
    occurrence = recorded(session, finding, finding.replaces[0])
    if occurrence is not None:
        session.get_one(Incident, occurrence.incident_id).fault_group = group.name
    return occurrence


def is_refuted(occurrence: Occurrence) -> bool:
    """Whether a late entry refuted the recorded occurrence; an even later one may confirm it."""
    failed = (occurrence.links or {}).get(FAILED)
    return bool(failed and not failed["reason"])


def recorded(session: Session, finding: Finding, fingerprint: str) -> Occurrence | None:
    """The occurrence of a fault that this rule found in this event; None if there is none."""
    rule, event_key = scrubbed_key(finding.rule, 200), scrubbed_key(finding.event_key, 300)
    return session.scalar(_RECORDED, {_RULE.key: rule, _EVENT.key: event_key, _FINGERPRINT.key: fingerprint})


_RULE: BindParameter[str] = bindparam("recorded_rule")
_EVENT: BindParameter[str] = bindparam("recorded_event")
_FINGERPRINT: BindParameter[str] = bindparam("recorded_fingerprint")
_RECORDED = select(Occurrence).where(
    Occurrence.rule == _RULE, Occurrence.event_key == _EVENT, Occurrence.fingerprint == _FINGERPRINT
)


def overwrite(session: Session, occurrence: Occurrence, new: Occurrence) -> None:
    """Overwrites a stored occurrence with the content of a new one; keeps the record of reading its log."""
    values: dict[str, Any] = {column.key: getattr(new, column.key) for column in Occurrence.__table__.columns}
    if (read := occurrence.evidence.get(LOG_READING)) is not None:
        values["evidence"] = {**values["evidence"], LOG_READING: read}
    for name, value in values.items():
        if name not in _KEPT:
            setattr(occurrence, name, value)
    session.flush()


def withdraw(session: Session, recovery: Recovery, group: IncidentGroup) -> list[Incident]:
    """Deletes a recovery that did not take place; returns the incidents that it had resolved."""
    event = event_of(recovery)
    names = RecoveryRow.fingerprint.in_([recovery.fingerprint, *covered_names(recovery)])
    same = RecoveryRow.time == event.time, RecoveryRow.run == event.run, RecoveryRow.kind == event.kind
    session.execute(delete(RecoveryRow).where(names, *same))
    resolved = (
        Incident.status == Status.RESOLVED,
        Incident.resolved_at == event.time,
        Incident.resolved_by == event.kind,
    )
    incidents = list(session.scalars(select(Incident).where(group.incidents, *resolved)))
    for incident in incidents:
        incident.resolved_by = WITHDRAWN
    session.flush()
    return incidents
