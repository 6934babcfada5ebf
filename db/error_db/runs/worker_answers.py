"""Messages of workers on-premises: signs of life, and the state of orders."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, ScriptWorkerRow, WorkerAnswerRow, WorkerMachineRow
from db.error_db.views import run_view
from db.insert import insert
from db.sanitize import clean, clean_json, clean_key
from db.types import bounded
from shared.model import RunState
from shared.records import WORKER_SILENT_AFTER, RunView, WorkerAnswer, WorkerMachine, WorkerView

STARTED = "started"


def note_alive(
    session: Session, name: str, scripts: tuple[str, ...], *, is_subscribed: bool, now: datetime, machine: str = ""
) -> None:
    """Records a heartbeat of the worker, and of its machine if the message names one."""
    values = {"seen_at": now, "is_subscribed": is_subscribed, "scripts": [clean_key(each, 40) for each in scripts]}
    added = insert(session, ScriptWorkerRow).values(name=clean_key(name, 40), **values)
    session.execute(added.on_conflict_do_update(index_elements=[ScriptWorkerRow.name], set_=values))
    if not machine:
        return
    row = WorkerMachineRow
    since = case((row.seen_at < now - WORKER_SILENT_AFTER, now), else_=row.alive_since)
    added = insert(session, row).values(
        worker=clean_key(name, 40), machine=clean_key(machine, 200), alive_since=now, **values
    )
    session.execute(
        added.on_conflict_do_update(index_elements=[row.worker, row.machine], set_={"alive_since": since, **values})
    )


def workers(session: Session) -> list[WorkerView]:
    """The workers that sent any message, by name."""
    rows = session.scalars(select(ScriptWorkerRow).order_by(ScriptWorkerRow.name))
    return [WorkerView(row.name, row.seen_at, row.is_subscribed, tuple(row.scripts)) for row in rows]


def machines(session: Session) -> list[WorkerMachine]:
    """The machines of all workers that sent a heartbeat, by worker and machine."""
    rows = session.scalars(select(WorkerMachineRow).order_by(WorkerMachineRow.worker, WorkerMachineRow.machine))
    return [
        WorkerMachine(row.worker, row.machine, row.alive_since, row.seen_at, row.is_subscribed, tuple(row.scripts))
        for row in rows
    ]


def shares_orders(session: Session, worker: str, now: datetime) -> bool:
    """Whether several machines of the worker are alive: none of them knows what another one ran."""
    alive = [each for each in machines(session) if each.worker == worker and each.is_alive(now)]
    return len(alive) > 1


def ordered_run(session: Session, run_id: int, order: str, worker: str) -> RunView | None:
    """The run of an order; None if there is none, or if its plan has a different order."""
    row = session.get(ActionRun, run_id)
    details = ((row.plan or {}).get("details") or {}) if row else {}
    is_same = details.get("order") == order and details.get("worker") == worker
    return run_view(row) if row is not None and is_same else None


def record(session: Session, answer: WorkerAnswer, *, now: datetime) -> bool:
    """Records a worker's message about an order; False if the same state or a final one is already recorded."""
    values = {
        "run_id": answer.run,
        "worker": clean_key(answer.worker, 40),
        "state": answer.state,
        "time": min(bounded(answer.time), now),
        "exit": answer.exit,
        "output": clean(answer.output) or "",
        "milliseconds": max(0, min(answer.milliseconds, 2**31 - 1)),
        "timed_out": answer.timed_out,
        "reason": clean_json(answer.reason),
    }
    row = WorkerAnswerRow
    added = insert(session, row).values(order_id=clean_key(answer.order, 64), **values)
    is_final = answer.state != STARTED
    if is_final:
        added = added.on_conflict_do_update(index_elements=[row.order_id], set_=values, where=row.state == STARTED)
    else:
        added = added.on_conflict_do_nothing()
    return session.scalar(added.returning(row.order_id)) is not None


def answer(session: Session, order: str) -> WorkerAnswer | None:
    """The latest message about an order; None before the first one."""
    row = session.get(WorkerAnswerRow, order)
    if row is None:
        return None
    return WorkerAnswer(
        order=row.order_id,
        worker=row.worker,
        state=row.state,
        time=row.time,
        run=row.run_id,
        exit=row.exit,
        output=row.output,
        milliseconds=row.milliseconds,
        timed_out=row.timed_out,
        reason=row.reason,
    )


def verify_now(session: Session, run_id: int, *, now: datetime) -> bool:
    """Makes the verification of a run due now, even if one is in progress without this message.

    False if the run has its verdict.
    """
    waits = ActionRun.id == run_id, ActionRun.state == RunState.DONE, ActionRun.verify_at.is_not(None)
    # A microsecond earlier than any lease that may begin now: the verification that has one records nothing.
    due = update(ActionRun).where(*waits).values(verify_at=now - timedelta(microseconds=1))
    return session.scalar(due.returning(ActionRun.id)) is not None


def add_to_result(
    session: Session, run_id: int, result: str, translations: dict[str, str], after: dict[str, object]
) -> None:
    """Adds a message that arrived after the verdict to the result of its run."""
    row = session.get(ActionRun, run_id)
    if row is not None:
        row.result = clean(result)
        row.details = {**(row.details or {}), "translations": clean_json(translations)}
        row.after = clean_json({**(row.after or {}), **after})
