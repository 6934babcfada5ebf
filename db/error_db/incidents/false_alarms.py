"""Incidents that a person marked as a false alarm, because the rule matched something that is not a problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.error_db.job_groups import merges
from db.error_db.models import Incident
from db.error_db.views import load_view
from db.sanitize import clean
from shared.model import Status
from shared.records import IncidentChange, IncidentView
from shared.texts import findings

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

COUNTED_FOR = timedelta(days=90)
PERSON = "person"  # resolved_by of an incident that a person resolved


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """The incidents of a rule that a person judged in the last 90 days, and those that were false alarms."""

    judged: int
    false: int


def record_of(session: Session, rule: str, now: datetime) -> AlarmRecord:
    """The record of a rule. An incident is judged when a person marked it as a false alarm, acknowledged or resolved it.

    Each count reads an index: that of the outcomes of a rule, or that of the false alarms.
    """
    of_rule = Incident.rule == rule, Incident.opened_at >= now - COUNTED_FOR
    by_person = or_(Incident.acknowledged_at.is_not(None), Incident.resolved_by == PERSON)
    taken = session.scalar(select(func.count()).select_from(Incident).where(*of_rule, by_person)) or 0
    columns = Incident.acknowledged_at, Incident.resolved_by
    marked = session.execute(select(*columns).where(*of_rule, Incident.false_alarm_at.is_not(None))).all()
    others = sum(each.acknowledged_at is None and each.resolved_by != PERSON for each in marked)
    return AlarmRecord(taken + others, len(marked))


def mark(
    transaction: ErrorTransaction, incident_id: int, *, by: str, reason: str, time: datetime
) -> tuple[IncidentView | None, IncidentChange | None]:
    """Marks an incident as a false alarm and resolves it if needed; returns the incident, None if it is unknown or already marked.

    `reason` may be empty. The change is for handlers; None if the incident was resolved before.
    """
    incident = merges.locked_incident(transaction.session, incident_id, transaction.now)
    if incident is None or incident.false_alarm_at is not None:
        return None, None
    incident.false_alarm_at, incident.false_alarm_by = time, clean(by)
    incident.false_alarm_reason = clean(reason) or None
    transaction.session.flush()
    change = None
    if incident.status != Status.RESOLVED:
        text = findings.MARKED_FALSE_BECAUSE(by=by, reason=reason) if reason else findings.MARKED_FALSE(by=by)
        change = transaction.resolve(incident.id, reason=text.en, time=time, translations=text.translations)
    return load_view(transaction.session, incident.id), change


def unmark(transaction: ErrorTransaction, incident_id: int) -> IncidentView | None:
    """Removes the mark of an incident, which stays resolved; None if it is unknown or has no mark."""
    incident = merges.locked_incident(transaction.session, incident_id, transaction.now)
    if incident is None or incident.false_alarm_at is None:
        return None
    incident.false_alarm_at = incident.false_alarm_by = incident.false_alarm_reason = None
    transaction.session.flush()
    return load_view(transaction.session, incident.id)
