"""Plans action runs: one per event. Suppressed runs are recorded with their reason."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from db.error_db.models import ActionRun
from db.insert import dialect_of, insert_of
from db.sanitize import clean, clean_json, clean_key
from db.tables import table_of
from shared.lazy.dataclass import dataclass
from shared.model import Mode, RunState, Trigger


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to plan, or to record as skipped with the reason code `reason`. `decision` has the result of each stage.

    `held_until` is the time when the hours of its rule begin, if it is planned outside them; it is not due before.
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
    """Plans the run, or records it as skipped if it has a reason; None if a run of this cause exists."""
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
    return session.scalar(_added(dialect_of(session)), values)


@cache
def _added(dialect: str) -> ReturningInsert[int]:
    table = table_of(ActionRun)
    return insert_of(dialect, table).on_conflict_do_nothing().returning(table.c.id)


def exists(session: Session, *, incident_id: int, handler_rule: str, trigger: Trigger, cause: str) -> bool:
    """Whether a run of this cause was added before."""
    same = {
        "of_incident": incident_id,
        "of_rule": handler_rule,
        "of_trigger": trigger,
        "of_cause": clean_key(cause, 300),
    }
    return session.scalar(_SAME_CAUSE, same) is not None


_SAME_CAUSE = select(ActionRun.id).where(
    ActionRun.incident_id == bindparam("of_incident"),
    ActionRun.handler_rule == bindparam("of_rule"),
    ActionRun.trigger == bindparam("of_trigger"),
    ActionRun.cause == bindparam("of_cause"),
)
