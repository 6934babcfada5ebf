"""The calls of remediations, recorded before they are made, so that after a crash it is known which may have taken effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ActionCall
from db.sanitize import clean, clean_json
from db.tables import table_of
from shared.records import CallView

_TABLE = table_of(ActionCall)


def add(
    session: Session, run_id: int, *, attempt: int, method: str, resource: str, body: Mapping[str, Any], now: datetime
) -> int:
    """Records a call that is about to be made; returns its number."""
    row = ActionCall(
        run_id=run_id,
        attempt=attempt,
        method=method,
        resource=clean(resource),
        body=clean_json(body) or None,
        effect="unknown",
        called_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def answer(
    session: Session, call_id: int, *, effect: str, status: int | None, answer: str, now: datetime | None
) -> None:
    """Records the response to a call; `now` is None if none arrived."""
    values = {"effect": effect, "status": status, "answer": clean(answer) or None, "answered_at": now}
    session.execute(update(_TABLE).where(_TABLE.c.id == call_id).values(values))


def of_run(session: Session, run_id: int) -> list[CallView]:
    """The calls of a run, earliest first."""
    return of_runs(session, [run_id]).get(run_id, [])


def of_runs(session: Session, run_ids: Collection[int]) -> dict[int, list[CallView]]:
    """The calls by the number of their run, earliest first."""
    found: dict[int, list[CallView]] = {}
    for row in session.scalars(_OF_RUNS, {_RUNS.key: list(run_ids)}):
        found.setdefault(row.run_id, []).append(_view(row))
    return found


_RUNS: BindParameter[Any] = bindparam("calls_of", expanding=True)
_OF_RUNS = select(ActionCall).where(ActionCall.run_id.in_(_RUNS)).order_by(ActionCall.id)


def _view(row: ActionCall) -> CallView:
    return CallView(
        attempt=row.attempt,
        method=row.method,
        resource=row.resource,
        body=row.body,
        effect=row.effect,
        status=row.status,
        answer=row.answer,
        called_at=row.called_at,
        answered_at=row.answered_at,
    )
