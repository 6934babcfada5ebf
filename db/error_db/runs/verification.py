"""Finished remediations that are verified again later, each by one worker at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun
from db.error_db.runs.results import FinishedRun, RemediationRecord
from db.error_db.views import run_view
from db.sanitize import clean, clean_json
from shared.model import RunState
from shared.records import RunView


def to_verify(session: Session, now: datetime, *, limit: int) -> list[RunView]:
    """Finished remediations whose verification is due, longest waiting first."""
    return [run_view(row) for row in session.scalars(_DUE, {_NOW.key: now, _LIMIT.key: limit})]


_NOW = bindparam("verified_by", type_=ActionRun.__table__.c.verify_at.type)
_LIMIT = bindparam("most_verified", type_=Integer)
_DUE = (
    select(ActionRun)
    .where(ActionRun.verify_at <= _NOW, ActionRun.state == RunState.DONE)
    .order_by(ActionRun.verify_at, ActionRun.id)
    .limit(_LIMIT)
)


def claim_verification(session: Session, run: RunView, *, now: datetime, lease: timedelta) -> bool:
    """Claims a verification until the lease ends. False when another worker has it."""
    is_due = ActionRun.id == run.id, ActionRun.verify_at == run.verify_at
    claimed = update(ActionRun).where(*is_due).values(verify_at=now + lease)
    return session.scalar(claimed.returning(ActionRun.id)) is not None


def record_verification(
    session: Session, run_id: int, finished: FinishedRun, record: RemediationRecord, *, claimed_until: datetime
) -> bool:
    """Records a verdict and its evidence. False when the claim was lost; then nothing is written."""
    values = {
        "verdict": record.verdict,
        "verify_at": record.verify_at,
        "result": clean(finished.result),
        "details": clean_json(finished.details),
        "after": clean_json(record.after),
    }
    own = ActionRun.id == run_id, ActionRun.verify_at == claimed_until
    return session.scalar(update(ActionRun).where(*own).values(values).returning(ActionRun.id)) is not None
