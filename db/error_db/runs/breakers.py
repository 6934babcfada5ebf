"""Circuit breakers of handler rules: the number of consecutive failed remediations, and whether the rule is stopped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, BreakerRow, Incident
from db.error_db.runs.past import SPENT
from db.insert import insert
from db.sanitize import clean
from shared.model import Mode, RunState
from shared.records import BreakerView
from shared.texts import Text


def find(session: Session, handler_rule: str) -> BreakerView | None:
    """The breaker of a rule; None if no run of it failed."""
    row = session.get(BreakerRow, handler_rule)
    return _view(row) if row else None


def opened(session: Session) -> list[BreakerView]:
    """The breakers that are open, in the order of their rules."""
    rows = session.scalars(
        select(BreakerRow).where(BreakerRow.opened_at.is_not(None)).order_by(BreakerRow.handler_rule)
    )
    return [_view(row) for row in rows]


def count_failure(session: Session, handler_rule: str) -> BreakerView:
    """Counts a failed run; returns the breaker."""
    session.execute(insert(session, BreakerRow).values(handler_rule=handler_rule, failures=0).on_conflict_do_nothing())
    row = session.get_one(BreakerRow, handler_rule, populate_existing=True, with_for_update=True)
    row.failures += 1
    session.flush()
    return _view(row)


def open_until(session: Session, handler_rule: str, *, reason: Text, now: datetime, retry_at: datetime) -> bool:
    """Opens the breaker, or keeps it open, until `retry_at`; True if it was closed before."""
    row = session.get_one(BreakerRow, handler_rule)
    was_closed = row.opened_at is None
    row.opened_at, row.retry_at, row.trial_run = row.opened_at or now, retry_at, None
    row.reason, row.reason_ja = clean(reason.en), clean(reason.ja)
    session.flush()
    return was_closed


def start_trial(session: Session, handler_rule: str, run_id: int, *, retry_at: datetime) -> None:
    """Records the trial run of the rule; the other runs wait until `retry_at`."""
    row = session.get(BreakerRow, handler_rule)
    if row is not None and row.opened_at is not None:
        row.trial_run, row.retry_at = run_id, retry_at
        session.flush()


def end_trial(session: Session, handler_rule: str, run_id: int, *, now: datetime) -> None:
    """Lets the next run be the trial, after a trial that neither failed nor succeeded."""
    row = session.get(BreakerRow, handler_rule)
    if row is not None and row.trial_run == run_id:
        row.trial_run, row.retry_at = None, now
        session.flush()


def close(session: Session, handler_rule: str) -> bool:
    """Closes the breaker and clears its failures; True if it was open."""
    row = session.get(BreakerRow, handler_rule)
    if row is None:
        return False
    was_open = row.opened_at is not None
    row.failures, row.opened_at, row.retry_at, row.trial_run = 0, None, None, None
    row.reason, row.reason_ja = None, None
    session.flush()
    return was_open


def count_of_principal(
    session: Session, handler_rule: str, principal: str, since: datetime, *, without: int = 0
) -> int:
    """The number of runs of a rule since a time for incidents of one principal, counted as by `count_since`."""
    query = (
        select(func.count())
        .select_from(ActionRun)
        .join(Incident, Incident.id == ActionRun.incident_id)
        .where(ActionRun.handler_rule == handler_rule, Incident.principal == principal, *_spent(since, without))
    )
    return session.scalar(query) or 0


def count_of_all(session: Session, actions: Collection[str], since: datetime, *, without: int = 0) -> int:
    """The number of runs of these actions since a time, of all rules, without dry runs."""
    is_real = (ActionRun.mode == Mode.AUTO) | ActionRun.approval.is_not(None)
    query = select(func.count()).where(ActionRun.action.in_(actions), is_real, *_spent(since, without))
    return session.scalar(query) or 0


def _spent(since: datetime, without: int) -> tuple[ColumnElement[bool], ...]:
    return ActionRun.created_at >= since, ActionRun.state != RunState.SKIPPED, ActionRun.id != without, SPENT


def _view(row: BreakerRow) -> BreakerView:
    return BreakerView(
        handler_rule=row.handler_rule,
        failures=row.failures,
        reason=Text(en=row.reason or "", ja=row.reason_ja or row.reason or ""),
        opened_at=row.opened_at,
        retry_at=row.retry_at,
        trial_run=row.trial_run,
    )
