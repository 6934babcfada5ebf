"""Results of action runs, written by the worker that has the lease.

Each write is filtered by the worker's name, so a worker whose lease ran out changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, null, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.dml import ReturningUpdate

from db.error_db.models import ActionCall, ActionRun
from db.sanitize import clean, clean_json, clean_key
from db.tables import table_of
from shared.model import RunState

_TABLE, _CALLS = table_of(ActionRun), table_of(ActionCall)
_RUN: BindParameter[int] = bindparam("written_run")
_OWNER: BindParameter[str] = bindparam("written_owner")
_NEW = "new_"  # begins the names of the parameters with the values


@dataclass(frozen=True, slots=True)
class RemediationRecord:
    """The record of a finished remediation: its plan, the state of the target afterwards, and whether the fault is fixed.

    It is verified again at `verify_at`, if set.
    """

    plan: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    verdict: str | None = None
    verify_at: datetime | None = None

    def as_values(self) -> dict[str, Any]:
        """The record as column values."""
        after, plan = clean_json(self.after), clean_json(self.plan)
        return {"plan": plan, "after": after, "verdict": self.verdict, "verify_at": self.verify_at}


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The result of a run, the undo of its changes, further details, and the record of a remediation."""

    result: str
    undo: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    record: RemediationRecord | None = None


def finish(session: Session, run_id: int, finished: FinishedRun, *, owner: str, now: datetime) -> bool:
    """Records the run as done. False when the lease was lost; then nothing is written."""
    return release(
        session,
        run_id,
        owner,
        state=RunState.DONE,
        result=clean(finished.result),
        error=None,
        undo=clean_json(finished.undo, bounded=False),
        details=clean_json(finished.details),
        finished_at=now,
        **(finished.record.as_values() if finished.record else {}),
    )


def note_undo(session: Session, run_id: int, *, owner: str, undo: dict[str, Any]) -> bool:
    """Records how to undo the change that the run is about to make. False when the lease was lost; then nothing is written."""
    return write(session, run_id, owner, undo=clean_json(undo, bounded=False))


def begin(
    session: Session,
    run_id: int,
    *,
    owner: str,
    plan: dict[str, Any],
    undo: dict[str, Any] | None,
    lease_until: datetime,
) -> bool:
    """Records the plan and the undo of the coming changes, and extends the lease. False when it was lost."""
    values = {"plan": clean_json(plan), "undo": clean_json(undo, bounded=False), "lease_until": lease_until}
    return write(session, run_id, owner, **values)


def extend(session: Session, run_id: int, *, owner: str, until: datetime) -> bool:
    """Extends the lease of a run. False when it was lost."""
    return write(session, run_id, owner, lease_until=until)


def fail(
    session: Session,
    run_id: int,
    *,
    owner: str,
    now: datetime,
    error: str,
    details: dict[str, Any] | None = None,
    refusal: str | None = None,
) -> bool:
    """Records that the run failed permanently. False when the lease was lost.

    The undo of a plan is kept only if one of its calls may have had an effect.
    """
    made = select(_CALLS.c.id).where(_CALLS.c.run_id == _TABLE.c.id, _CALLS.c.effect != "none")
    changed_nothing = _TABLE.c.plan.is_not(None) & ~made.correlate(_TABLE).exists()
    undo = case((changed_nothing, null()), else_=_TABLE.c.undo)
    outcome = {"error": clean(error), "details": clean_json(details), "refusal": refusal, "undo": undo}
    return release(session, run_id, owner, state=RunState.FAILED, finished_at=now, **outcome)


def retry_later(
    session: Session,
    run_id: int,
    *,
    owner: str,
    not_before: datetime,
    error: str,
    details: dict[str, Any] | None = None,
    counted: bool = True,
) -> bool:
    """Records a failed attempt; the next one is due at `not_before`. False when the lease was lost.

    An attempt with `counted` false does not reduce the remaining attempts.
    """
    outcome: dict[str, Any] = {"error": clean(error), "details": clean_json(details)}
    if not counted:
        outcome["attempts"] = _TABLE.c.attempts - 1
    return release(session, run_id, owner, state=RunState.PLANNED, not_before=not_before, **outcome)


def put_off(session: Session, run_id: int, *, owner: str, not_before: datetime, text: str) -> bool:
    """Postpones the run to `not_before` without counting an attempt. False when the lease was lost."""
    return release(
        session,
        run_id,
        owner,
        state=RunState.PLANNED,
        result=clean(text),
        not_before=not_before,
        attempts=_TABLE.c.attempts - 1,
    )


def release(session: Session, run_id: int, owner: str, **values: Any) -> bool:
    """Writes values and gives up the lease. False when it was lost."""
    return write(session, run_id, owner, lease_owner=None, lease_until=None, **values)


def write(session: Session, run_id: int, owner: str, **values: Any) -> bool:
    """Writes values if the worker still has the lease; returns whether it has it."""
    parameters = {_RUN.key: run_id, _OWNER.key: clean_key(owner, 100)}
    computed = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
    for name in values.keys() - computed.keys():
        parameters[f"{_NEW}{name}"] = values[name]
    statement = _write(frozenset(values.keys() - computed.keys()))
    written = session.scalar(statement.values(computed) if computed else statement, parameters) is not None
    if (row := session.identity_map.get(identity_key(ActionRun, run_id))) is not None:
        session.expire(row)
    return written


@cache
def _write(names: frozenset[str]) -> ReturningUpdate[tuple[int]]:
    """The statement of `write` for these columns.

    It is about the table, because SQLAlchemy would analyse an UPDATE of objects each time, which takes longer than to execute it.
    """
    own_run = _TABLE.c.id == _RUN, _TABLE.c.state == RunState.RUNNING, _TABLE.c.lease_owner == _OWNER
    new: dict[str, BindParameter[Any]] = {name: bindparam(f"{_NEW}{name}") for name in sorted(names)}
    return update(_TABLE).where(*own_run).values(new).returning(_TABLE.c.id)
