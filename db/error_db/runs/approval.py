"""Action runs that wait for approval. A person approves or denies each one once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from db.error_db.models import PENDING, ActionRun
from db.error_db.runs.results import release
from db.sanitize import clean, clean_json
from shared.model import Mode, RunState


def ask_approval(session: Session, run_id: int, *, owner: str, until: datetime, approval: dict[str, Any]) -> bool:
    """Records that the run waits for approval until a time. False when the lease was lost.

    An earlier approval of a plan that has changed since becomes void.
    """
    values = {"approval": clean_json(approval), "approval_until": until, "not_before": until, "attempts": 0}
    values |= {"mode": Mode.DRY_RUN, "decided_by": None, "decided_at": None}
    return release(session, run_id, owner, state=RunState.PLANNED, error=None, **values)


def approve(session: Session, run_id: int, *, by: str, now: datetime) -> bool:
    """Lets a waiting run start now. False when it no longer waits."""
    values = {"mode": Mode.AUTO, "not_before": now, "decided_by": clean(by), "decided_at": now}
    return _decide(session, run_id, ActionRun.approval_until > now, ActionRun.state == RunState.PLANNED, **values)


def deny(
    session: Session, run_id: int, *, by: str, now: datetime, reason: str, result: str, details: dict[str, Any]
) -> bool:
    """Skips a waiting run. False when it no longer waits."""
    outcome = {"state": RunState.SKIPPED, "reason": reason, "result": clean(result), "details": clean_json(details)}
    lease = {"lease_owner": None, "lease_until": None, "finished_at": now}
    return _decide(session, run_id, **outcome, **lease, decided_by=clean(by), decided_at=now)


def _decide(session: Session, run_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    waits = ActionRun.id == run_id, ActionRun.approval_until.is_not(None), ActionRun.decided_at.is_(None), PENDING
    decided = update(ActionRun).where(*waits, *conditions).values(values)
    return session.scalar(decided.returning(ActionRun.id)) is not None
