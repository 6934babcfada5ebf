"""Plans action runs: one for each event, and the suppressed ones with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun
from db.insert import insert
from db.sanitize import clean, clean_json, clean_key
from shared.model import Mode, RunState, Trigger


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to plan, or to record as skipped with the reason code `reason`. `decision`: what each stage decided.

    `held_until` is when the hours of its rule begin, if it is planned outside them: it is not due before.
    """

    incident_id: int
    handler_rule: str
    trigger: Trigger
    cause: str
    action: str
    target: str
    params: dict[str, Any]
    mode: Mode
    occurrence_id: int | None = None
    reason: str | None = None
    decision: list[dict[str, Any]] | None = None
    approval: dict[str, Any] | None = None
    held_until: datetime | None = None


def add(session: Session, run: NewRun, *, now: datetime, not_before: datetime | None = None) -> int | None:
    """Plans the run (or records it as skipped when it has a reason); None when a run of this cause exists."""
    skipped = run.reason is not None
    values = {
        "incident_id": run.incident_id,
        "occurrence_id": run.occurrence_id,
        "handler_rule": run.handler_rule,
        "trigger": run.trigger,
        "cause": clean_key(run.cause, 300),
        "action": run.action,
        "target": clean(run.target),
        "params": clean_json(run.params, bounded=False),
        "mode": run.mode,
        "state": RunState.SKIPPED if skipped else RunState.PLANNED,
        "reason": run.reason,
        "decision": clean_json(run.decision),
        "approval": clean_json(run.approval),
        "held_until": run.held_until,
        "not_before": not_before or run.held_until or now,
        "attempts": 0,
        "created_at": now,
        "finished_at": now if skipped else None,
    }
    added = insert(session, ActionRun).values(values).on_conflict_do_nothing()
    return session.scalar(added.returning(ActionRun.id))


def exists(session: Session, *, incident_id: int, handler_rule: str, trigger: Trigger, cause: str) -> bool:
    """Whether a run of this cause was added before."""
    query = select(ActionRun.id).where(
        ActionRun.incident_id == incident_id,
        ActionRun.handler_rule == handler_rule,
        ActionRun.trigger == trigger,
        ActionRun.cause == clean_key(cause, 300),
    )
    return session.scalar(query) is not None
