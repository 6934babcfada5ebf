"""Runs that undo another run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.error_db.models import PENDING, ActionRun
from db.error_db.runs import calls
from db.error_db.views import run_view
from db.sanitize import clean, clean_json, clean_key
from shared.model import Mode, RunState
from shared.records import CallView, RunView


def find(session: Session, run_id: int) -> RunView | None:
    """One run; None when it does not exist."""
    row = session.get(ActionRun, run_id)
    return run_view(row) if row else None


def unfinished(session: Session, run_id: int) -> int | None:
    """The number of the run that undoes a run; None if there is none."""
    return session.scalar(select(ActionRun.id).where(ActionRun.undo_of == run_id, PENDING))


def last_undo_at(session: Session, target: str) -> datetime | None:
    """The time when a run on the target was last undone, or its undo was planned."""
    last = select(func.max(func.coalesce(ActionRun.finished_at, ActionRun.created_at)))
    return session.scalar(last.where(ActionRun.undo_of.is_not(None), ActionRun.target == clean(target)))


def add(session: Session, run: RunView, approval: dict[str, Any], *, by: str | None = None, now: datetime) -> int:
    """Plans the run that undoes another run; returns its number.

    `by` is the person who decided on the calls in `approval`; without a person, the run makes a plan that waits for
    approval.
    """
    count = session.scalar(select(func.count()).where(ActionRun.undo_of == run.id)) or 0
    row = ActionRun(
        incident_id=run.incident_id,
        occurrence_id=run.occurrence_id,
        handler_rule=run.handler_rule,
        trigger=run.trigger,
        cause=clean_key(f"undo|{run.id}|{count + 1}", 300),
        action=run.action,
        target=clean(run.target),
        params=clean_json(run.params, bounded=False),
        mode=Mode.DRY_RUN if by is None else Mode.AUTO,
        state=RunState.PLANNED,
        approval=clean_json(approval),
        decided_by=None if by is None else clean(by),
        decided_at=None if by is None else now,
        not_before=now,
        attempts=0,
        undo_of=run.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def what_to_undo(session: Session, run: RunView) -> dict[str, Any] | None:
    """The change that an undo run reverses; None for other runs."""
    return session.scalar(select(ActionRun.undo).where(ActionRun.id == run.undo_of)) if run.undo_of else None


def calls_to_undo(session: Session, run: RunView) -> list[CallView] | None:
    """The calls of the run that an undo run reverses, with their effects; None for other runs."""
    return calls.of_run(session, run.undo_of) if run.undo_of else None


def mark_undone(session: Session, run_id: int, *, now: datetime) -> None:
    """Records that a run was undone."""
    session.execute(update(ActionRun).where(ActionRun.id == run_id).values(undone_at=now))
