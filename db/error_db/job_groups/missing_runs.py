"""The failed runs that are still missing in incidents closed after a quiet period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from db.error_db.job_groups import reasons, stored_events
from db.error_db.job_groups.related import IncidentGroup
from db.error_db.models import Incident, IncidentName
from db.error_db.periods import QUIET, RecoveryEvent
from db.error_db.recoveries import as_json, unrepaired
from db.error_db.timeline import never_repaired


def repair_closed(session: Session, group: IncidentGroup, event: RecoveryEvent, names: Sequence[str]) -> None:
    """Removes the runs that a stored recovery repairs from incidents closed after a quiet period.

    These are the runs of the job that succeeded, and of parts of the jobs with these `names`.
    """
    for incident in session.scalars(select(Incident).where(*_concerned(group, event, names))):
        if incident.unrepaired:
            incident.unrepaired = as_json(_still_missing(session, group.name, incident))


def _concerned(group: IncidentGroup, event: RecoveryEvent, names: Sequence[str]) -> Sequence[ColumnElement[bool]]:
    row = IncidentName
    of_job = (row.relation == "job") & row.name.in_([event.fingerprint, *names])
    named = row.incident_id == Incident.id, of_job | ((row.relation == "part of") & row.name.in_(names))
    is_concerned = (Incident.fingerprint == event.fingerprint) | exists(select(row.name).where(*named))
    return group.incidents, Incident.resolved_by == QUIET, Incident.resolved_at <= event.time, is_concerned


def _still_missing(session: Session, group: str, incident: Incident) -> dict[str, datetime]:
    """The unrepaired runs of an incident.

    Recoveries are deleted after some days, so a run that an earlier one repaired stays repaired.
    """
    failures = [failure for _, failure in stored_events.failures(session, {incident.id: incident})]
    start = min((failure.time for failure in failures), default=incident.opened_at)
    known = reasons.load(session, group, start)
    failures = [reasons.with_names(failure, known) for failure in failures]
    recoveries = stored_events.recoveries(session, stored_events.names_of(failures), start)
    before = unrepaired(incident)
    return {run: time for run, time in never_repaired(failures, recoveries).items() if run in before}
