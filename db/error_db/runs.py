"""Action runs: planned, claimed by one worker at a time, and finished.

Every function works in the caller's transaction. A claim is one filtered UPDATE, so of several workers one gets the
row; what a worker writes afterwards is filtered by its name, so a worker whose lease ran out changes nothing.

A notification waits for the repairs of its incident that are running or due, so that its card shows their results.
`repairs` are the names of the actions that repair. Nothing waits for a repair that waits for another attempt.

Of the notifications about one incident on one channel, one worker sends one at a time, the earliest first; so it does
for the incidents of one fault, so that "resolved" of an earlier one does not follow "opened" of a later one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from db.error_db.models import PENDING, UNRESOLVED, ActionRun, Incident
from db.error_db.views import run_view
from db.insert import insert
from db.sanitize import clean, clean_json, clean_key
from shared.model import Mode, RunState, Trigger
from shared.records import RunView

# One alias for each use: every message needs these conditions, and new aliases took a quarter of its time.
_REPAIR, _OTHER, _SENT = aliased(ActionRun), aliased(ActionRun), aliased(ActionRun)
_EARLIER, _OWN = aliased(Incident), aliased(Incident)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to plan, or to record as skipped with the reason code `reason`. `decision`: what each stage decided."""

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
        "not_before": not_before or now,
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


def last_run_at(
    session: Session, handler_rule: str, target: str, *, incident_id: int | None = None, without: int = 0
) -> datetime | None:
    """When the rule's latest run on the target finished, or was planned if unfinished; skipped runs do not count.

    With `incident_id` only the runs of that incident count. The run `without` does not count.
    """
    query = select(func.max(func.coalesce(ActionRun.finished_at, ActionRun.created_at))).where(
        ActionRun.handler_rule == handler_rule,
        ActionRun.target == clean(target),
        ActionRun.state != RunState.SKIPPED,
        ActionRun.id != without,
    )
    if incident_id is not None:
        query = query.where(ActionRun.incident_id == incident_id)
    return session.scalar(query)


def count_since(session: Session, handler_rule: str, since: datetime, *, without: int = 0) -> int:
    """The number of runs of the rule that were planned since `since`; skipped runs and `without` do not count."""
    query = select(func.count()).where(
        ActionRun.handler_rule == handler_rule,
        ActionRun.created_at >= since,
        ActionRun.state != RunState.SKIPPED,
        ActionRun.id != without,
    )
    return session.scalar(query) or 0


def count_done(session: Session, handler_rule: str, target: str) -> int:
    """The number of runs of the rule on the target that changed something (no dry run, no `changed: false` in details)."""
    query = select(ActionRun.details).where(
        ActionRun.handler_rule == handler_rule,
        ActionRun.target == clean(target),
        ActionRun.state == RunState.DONE,
        ActionRun.mode == Mode.AUTO,
    )
    return sum((details or {}).get("changed", True) for details in session.scalars(query))


def of_incident(session: Session, incident_id: int) -> list[RunView]:
    """All runs of an incident, earliest first."""
    rows = session.scalars(select(ActionRun).where(ActionRun.incident_id == incident_id).order_by(ActionRun.id))
    return [run_view(row) for row in rows]


def suppressed(session: Session, *, reasons: Collection[str], limit: int) -> list[RunView]:
    """Runs skipped for these reasons, other than reminders and resolutions, whose rule has not run for their incident since.

    Only of incidents that are not resolved. Of more than `limit` a random choice, so that old runs that stay suppressed
    do not block the others for ever.
    """
    ran = _OTHER
    since = select(ran.id).where(
        ran.incident_id == ActionRun.incident_id,
        ran.handler_rule == ActionRun.handler_rule,
        ran.state != RunState.SKIPPED,
        ran.id > ActionRun.id,
    )
    triggers = Trigger.OPENED, Trigger.REOPENED, Trigger.ESCALATED, Trigger.UNACKNOWLEDGED, Trigger.FLAPPING
    skipped = ActionRun.state == RunState.SKIPPED, ActionRun.reason.in_(reasons), ActionRun.trigger.in_(triggers)
    query = (
        select(ActionRun)
        .join(Incident, Incident.id == ActionRun.incident_id)
        .where(*skipped, UNRESOLVED, ~since.correlate(ActionRun).exists())
        .order_by(func.random())
        .limit(limit)
    )
    return sorted((run_view(row) for row in session.scalars(query)), key=lambda run: run.id)


def started_since(session: Session, since: datetime, *, actions: Collection[str]) -> list[RunView]:
    """Runs of these actions that may have changed something since then: not dry runs, and begun."""
    query = select(ActionRun).where(
        ActionRun.action.in_(actions), ActionRun.mode == Mode.AUTO, ActionRun.started_at >= since
    )
    return [run_view(row) for row in session.scalars(query)]


def latest(session: Session, *, limit: int) -> list[RunView]:
    """The latest runs, planned or skipped, latest first."""
    rows = session.scalars(select(ActionRun).order_by(ActionRun.id.desc()).limit(limit))
    return [run_view(row) for row in rows]


def due(
    session: Session,
    now: datetime,
    *,
    limit: int,
    incident_ids: Collection[int] | None = None,
    repairs: Collection[str] = (),
) -> list[RunView]:
    """Runs that may be claimed now, longest waiting first; with `incident_ids` those of the faults of these incidents."""
    query = select(ActionRun).where(_claimable(now, repairs)).order_by(ActionRun.not_before, ActionRun.id).limit(limit)
    if incident_ids is not None:
        faults = select(Incident.fingerprint).where(Incident.id.in_(incident_ids))
        query = query.where(ActionRun.incident_id.in_(select(Incident.id).where(Incident.fingerprint.in_(faults))))
    return [run_view(row) for row in session.scalars(query)]


def claim(
    session: Session, run_id: int, *, owner: str, now: datetime, lease: timedelta, repairs: Collection[str] = ()
) -> RunView | None:
    """Claims the run until the lease ends and counts an attempt; None when it is not due or another worker has it."""
    claimed = (
        update(ActionRun)
        .where(ActionRun.id == run_id, _claimable(now, repairs))
        .values(claim_values(owner, now, lease))
        .returning(ActionRun)
    )
    row = session.scalars(claimed, execution_options={"populate_existing": True}).one_or_none()
    return run_view(row) if row else None


def finish(
    session: Session,
    run_id: int,
    *,
    owner: str,
    now: datetime,
    result: str,
    undo: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> bool:
    """Records the run as done. False when the lease was lost; then nothing is written."""
    return _release(
        session,
        run_id,
        owner,
        state=RunState.DONE,
        result=clean(result),
        error=None,
        undo=clean_json(undo, bounded=False),
        details=clean_json(details),
        finished_at=now,
    )


def note_undo(session: Session, run_id: int, *, owner: str, undo: dict[str, Any]) -> bool:
    """Records how to undo what the run is about to do. False when the lease was lost; then nothing is written."""
    return _write(session, run_id, owner, undo=clean_json(undo, bounded=False))


def fail(
    session: Session, run_id: int, *, owner: str, now: datetime, error: str, details: dict[str, Any] | None = None
) -> bool:
    """Records that the run failed permanently. False when the lease was lost."""
    outcome = {"error": clean(error), "details": clean_json(details)}
    return _release(session, run_id, owner, state=RunState.FAILED, finished_at=now, **outcome)


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

    An attempt that is not `counted` does not bring the run nearer to its last one.
    """
    outcome: dict[str, Any] = {"error": clean(error), "details": clean_json(details)}
    if not counted:
        outcome["attempts"] = ActionRun.attempts - 1
    return _release(session, run_id, owner, state=RunState.PLANNED, not_before=not_before, **outcome)


def put_off(session: Session, run_id: int, *, owner: str, not_before: datetime, text: str) -> bool:
    """Postpones the run to `not_before` without counting an attempt. False when the lease was lost."""
    return _release(
        session,
        run_id,
        owner,
        state=RunState.PLANNED,
        result=clean(text),
        not_before=not_before,
        attempts=ActionRun.attempts - 1,
    )


def ask_approval(session: Session, run_id: int, *, owner: str, until: datetime, approval: dict[str, Any]) -> bool:
    """Records that the run waits for approval until then. False when the lease was lost."""
    values = {"approval": clean_json(approval), "approval_until": until, "not_before": until, "attempts": 0}
    return _release(session, run_id, owner, state=RunState.PLANNED, error=None, **values)


def approve(session: Session, run_id: int, *, by: str, now: datetime) -> bool:
    """Lets a waiting run start now. False when it does not wait any more."""
    values = {"mode": Mode.AUTO, "not_before": now, "decided_by": clean(by), "decided_at": now}
    return _decide(session, run_id, ActionRun.approval_until > now, ActionRun.state == RunState.PLANNED, **values)


def deny(
    session: Session, run_id: int, *, by: str, now: datetime, reason: str, result: str, details: dict[str, Any]
) -> bool:
    """Skips a waiting run. False when it does not wait any more."""
    outcome = {"state": RunState.SKIPPED, "reason": reason, "result": clean(result), "details": clean_json(details)}
    lease = {"lease_owner": None, "lease_until": None, "finished_at": now}
    return _decide(session, run_id, **outcome, **lease, decided_by=clean(by), decided_at=now)


def _decide(session: Session, run_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    waits = ActionRun.id == run_id, ActionRun.approval_until.is_not(None), ActionRun.decided_at.is_(None), PENDING
    decided = update(ActionRun).where(*waits, *conditions).values(values)
    return session.scalar(decided.returning(ActionRun.id)) is not None


def claim_values(owner: str, now: datetime, lease: timedelta) -> dict[str, Any]:
    """The values of a claim."""
    return {
        "state": RunState.RUNNING,
        "lease_owner": clean_key(owner, 100),
        "lease_until": now + lease,
        "attempts": ActionRun.attempts + 1,
        "started_at": now,
    }


def _claimable(now: datetime, repairs: Collection[str]) -> ColumnElement[bool]:
    """The condition for runs that may be claimed."""
    return and_(_is_due(ActionRun, now), is_free(now, repairs), _is_next(now, repairs))


def is_free(now: datetime, repairs: Collection[str]) -> ColumnElement[bool]:
    """The condition that no repair of the incident delays a notification.

    An earlier repair that is due counts as running: another worker may be claiming it, not visible yet.
    """
    repair = _REPAIR
    about_to = and_(_is_due(repair, now), repair.id < ActionRun.id)
    in_the_way = select(repair.id).where(
        repair.incident_id == ActionRun.incident_id, repair.action.in_(repairs), or_(is_running(repair, now), about_to)
    )
    return or_(ActionRun.action.in_(repairs), ~in_the_way.correlate(ActionRun).exists())


def _is_next(now: datetime, repairs: Collection[str]) -> ColumnElement[bool]:
    """The condition that no other notification about the incident on this channel comes first.

    First come one that is being sent, an earlier one that is due, and, for a resolution, every unfinished one of the
    opening. The worker that sends one takes along those that wait, so that they share its card.
    """
    other = _OTHER
    earlier = and_(other.id < ActionRun.id, _is_due(other, now))
    resolution = and_(ActionRun.trigger == Trigger.RESOLVED, other.trigger != Trigger.RESOLVED, _is_unfinished(other))
    first = select(other.id).where(
        same_notification(other, repairs),
        or_(is_running(other, now), earlier, and_(other.id < ActionRun.id, resolution)),
    )
    is_first = ~first.correlate(ActionRun).exists() & ~_of_earlier_incident(now, repairs).exists()
    return or_(ActionRun.action.in_(repairs), ActionRun.mode != Mode.AUTO, is_first)


def _of_earlier_incident(now: datetime, repairs: Collection[str]) -> Select[int]:
    """Notifications about earlier incidents of the same fault on this channel that are being sent, or due."""
    other, earlier, own = _SENT, _EARLIER, _OWN
    return (
        select(other.id)
        .join(earlier, earlier.id == other.incident_id)
        .join(own, own.fingerprint == earlier.fingerprint)
        .where(
            own.id == ActionRun.incident_id,
            earlier.id < own.id,
            _notifies(other, repairs),
            or_(is_running(other, now), _is_due(other, now)),
        )
        .correlate(ActionRun)
    )


def same_notification(other: type[ActionRun], repairs: Collection[str]) -> ColumnElement[bool]:
    """The condition that `other` is another notification about the run's incident on its channel."""
    return and_(other.incident_id == ActionRun.incident_id, other.id != ActionRun.id, _notifies(other, repairs))


def _notifies(other: type[ActionRun], repairs: Collection[str]) -> ColumnElement[bool]:
    """The condition that `other` is a notification on the run's channel."""
    return and_(other.target == ActionRun.target, other.mode == Mode.AUTO, other.action.not_in(repairs))


def is_running(run: type[ActionRun], now: datetime) -> ColumnElement[bool]:
    """The condition that a worker has the run."""
    return and_(run.state == RunState.RUNNING, run.lease_until >= now)


def _is_unfinished(run: type[ActionRun]) -> ColumnElement[bool]:
    return run.state.in_((RunState.PLANNED, RunState.RUNNING))


def _is_due(run: type[ActionRun], now: datetime) -> ColumnElement[bool]:
    lease_over = and_(run.state == RunState.RUNNING, run.lease_until < now)
    return and_(run.not_before <= now, or_(run.state == RunState.PLANNED, lease_over))


def _release(session: Session, run_id: int, owner: str, **values: Any) -> bool:
    return _write(session, run_id, owner, lease_owner=None, lease_until=None, **values)


def _write(session: Session, run_id: int, owner: str, **values: Any) -> bool:
    own_run = (
        ActionRun.id == run_id,
        ActionRun.state == RunState.RUNNING,
        ActionRun.lease_owner == clean_key(owner, 100),
    )
    written = update(ActionRun).where(*own_run).values(values)
    return session.scalar(written.returning(ActionRun.id)) is not None
