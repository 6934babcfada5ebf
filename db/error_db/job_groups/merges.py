"""Merges incidents that are one fault; the numbers of all of them lead to the remaining incident.

The lowest number that people were notified of remains, if there is one. Every function works in the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, case, delete, func, select, true, update
from sqlalchemy.orm import Session, aliased

from db.error_db.job_groups.groups import lock_group
from db.error_db.models import MERGED, ActionRun, Incident, Occurrence
from db.sanitize import clean_key
from shared.model import RunState, Severity


def current_number(session: Session, number: int) -> int | None:
    """The number of the incident that an incident was merged into; None if it was not merged."""
    rows = session.execute(select(Incident.id, Incident.merged_numbers).where(MERGED))
    return next((row.id for row in rows if number in (row.merged_numbers or ())), None)


def locked_incident(session: Session, number: int, now: datetime) -> Incident | None:
    """The incident with a number, also of a merged one, with its group locked; None if there is none."""
    columns = Incident.fault_group, Incident.fingerprint, Incident.rule
    row = session.execute(select(*columns).where(Incident.id == number)).one_or_none()
    if row is not None:
        lock_group(session, row.fault_group or row.fingerprint, row.rule, now)
        incident = session.get(Incident, number, populate_existing=True)
        if incident is not None:  # else another transaction merged it before the lock
            return incident
    remaining = current_number(session, number)
    return None if remaining is None else locked_incident(session, remaining, now)


def notified_numbers(session: Session, numbers: Collection[int]) -> set[int]:
    """The incidents with a started run, whose number a person may therefore know."""
    started = ActionRun.incident_id.in_(numbers), ActionRun.started_at.is_not(None)
    return set(session.scalars(select(ActionRun.incident_id).where(*started).distinct())) if numbers else set()


def number_anew(session: Session, incident: Incident) -> None:
    """Gives a new incident a number that no merged incident had; SQLite would reuse the highest one."""
    if session.get_bind().dialect.name == "sqlite":
        incident.id = cast("int", _next_number())


@cache
def _next_number() -> ColumnElement[int]:
    """The first number that is free in SQLite."""
    numbers = func.json_each(Incident.merged_numbers).table_valued("value")
    merged = select(func.max(numbers.c.value)).select_from(Incident).join(numbers, true()).where(MERGED)
    highest = select(func.max(Incident.id))
    taken = (func.coalesce(each.scalar_subquery(), 0) for each in (merged, highest))
    result: ColumnElement[int] = func.max(*taken) + 1
    return result


def merge(session: Session, incident: Incident, into: Incident) -> None:
    """Deletes an incident after another one got its occurrences, action runs, numbers and acknowledgement."""
    _move_runs(session, incident.id, into.id)
    moved = update(Occurrence).where(Occurrence.incident_id == incident.id).values(incident_id=into.id)
    session.execute(moved, execution_options={"synchronize_session": False})
    session.execute(delete(Incident).where(Incident.id == incident.id))
    session.expunge(incident)
    into.merged_numbers = sorted({incident.id, *(incident.merged_numbers or ()), *(into.merged_numbers or ())})
    into.received_at = min(into.received_at, incident.received_at)
    into.usual_seconds = max(filter(None, (into.usual_seconds, incident.usual_seconds)), default=None)
    into.severity = max(Severity(into.severity), Severity(incident.severity), key=lambda severity: severity.rank)
    if into.acknowledged_at is None:
        into.acknowledged_at, into.acknowledged_by = incident.acknowledged_at, incident.acknowledged_by


def _move_runs(session: Session, number: int, into: int) -> None:
    """Moves the runs; each keeps its original number, because each notified number still needs a resolution message."""
    for run, cause in _repeated(session, number, into):
        session.execute(update(ActionRun).where(ActionRun.id == run).values(cause=clean_key(f"{number}|{cause}", 300)))
    for owner in (into, number):  # those that were moved already are not about `into` before the merge
        before = case((_has_run_since(owner), owner), else_=func.coalesce(ActionRun.number_before, owner))
        moved = update(ActionRun).where(ActionRun.incident_id == owner).values(incident_id=into, number_before=before)
        session.execute(moved, execution_options={"synchronize_session": False})


def _has_run_since(owner: int) -> ColumnElement[bool]:
    """Whether another run had this target after the last merge; earlier runs were about all merged numbers."""
    since = aliased(ActionRun)
    counts = since.number_before.is_(None), since.state.not_in((RunState.SKIPPED, RunState.FAILED))
    same = since.incident_id == owner, since.target == ActionRun.target
    return select(since.id).where(*same, *counts).correlate(ActionRun).exists()


def _repeated(session: Session, number: int, into: int) -> list[tuple[int, str]]:
    """The runs of an incident, with their causes, that duplicate a run of the other one (rule, trigger and cause)."""
    other = aliased(ActionRun)
    columns = "handler_rule", "trigger", "cause"
    same = (getattr(other, name) == getattr(ActionRun, name) for name in columns)
    exists = select(other.id).where(other.incident_id == into, *same).correlate(ActionRun).exists()
    rows = session.execute(select(ActionRun.id, ActionRun.cause).where(ActionRun.incident_id == number, exists))
    return [(row.id, row.cause) for row in rows]
