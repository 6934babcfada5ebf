"""Action runs that notify: the runs that wait for a channel, and the incidents that a channel was notified of.

Every function works in the caller's transaction. Lock the channel before (channels.py).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    distinct,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import ExecutableReturnsRows

from db.error_db.models import ActionRun, Incident
from db.error_db.runs import Actions, Moment, claim_values, is_free, is_running, same_notification
from db.error_db.views import incident_view, run_view
from db.sanitize import clean, clean_key
from shared.model import Mode, RunState, Severity, Status, Trigger
from shared.records import IncidentView, RunView

MAYBE_SENT = "maybe_sent"  # in the details of a run: an earlier attempt may have sent it
_OTHER = aliased(ActionRun)
# The parameters of the statements that every notification needs: they are built once, which takes longer than to execute one.
_ACTION: BindParameter[str] = bindparam("waiting_action")
_TARGET: BindParameter[str] = bindparam("waiting_target")
_MODE: BindParameter[str] = bindparam("waiting_mode")
_RUN: BindParameter[int] = bindparam("waiting_run")
_RUNS: BindParameter[Any] = bindparam("waiting_runs", expanding=True)
_INCIDENT: BindParameter[int] = bindparam("waiting_incident")
_NOW = bindparam("waiting_now", type_=ActionRun.__table__.c.lease_until.type)
_UNTIL = bindparam("waiting_until", type_=ActionRun.__table__.c.lease_until.type)
_OWNER: BindParameter[str] = bindparam("waiting_owner")
_LIMIT: BindParameter[int] = bindparam("waiting_limit", type_=Integer())


def others_waiting(session: Session, run: RunView, *, limit: int, of_incident: bool = False) -> list[RunView]:
    """The other waiting runs of the same action on the same target, due or not, earliest first.

    With `of_incident`, only those of the same incident. Runs that wait for the hours of their rule are left out until
    these begin, except those of the same incident.
    """
    parameters = {
        _ACTION.key: run.action,
        _TARGET.key: run.target,
        _MODE.key: run.mode,
        _RUN.key: run.id,
        _INCIDENT.key: run.incident_id,
        _NOW.key: run.started_at,
        _LIMIT.key: limit,
    }
    query = _others_waiting(begun=run.started_at is not None, of_incident=of_incident)
    return [run_view(row) for row in session.scalars(query, parameters)]


@cache
def _others_waiting(*, begun: bool, of_incident: bool) -> Select[ActionRun]:
    """The query of `others_waiting`."""
    now = _NOW if begun else None
    same_channel = and_(ActionRun.action == _ACTION, ActionRun.target == _TARGET, ActionRun.mode == _MODE)
    joins = or_(_is_not_held(now), ActionRun.incident_id == _INCIDENT)
    query = select(ActionRun).where(same_channel, ActionRun.id != _RUN, _is_waiting(now), joins)
    if of_incident:
        query = query.where(ActionRun.incident_id == _INCIDENT)
    return query.order_by(ActionRun.id).limit(_LIMIT)


def claim_waiting(
    session: Session,
    run_ids: Collection[int],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    repairs: Collection[str] = (),
) -> list[RunView]:
    """Claims the waiting runs among these, due or not, and counts an attempt; earliest first.

    Runs of incidents that another worker is notifying of are not claimed.
    """
    parameters = {
        _RUNS.key: list(run_ids),
        _OWNER.key: clean_key(owner, 100),
        _NOW.key: now,
        _UNTIL.key: now + lease,
    }
    return sorted(
        (run_view(row) for row in session.scalars(_claimed(frozenset(repairs)), parameters)), key=lambda run: run.id
    )


@cache
def _claimed(repairs: Actions) -> ExecutableReturnsRows:
    """The statement of `claim_waiting`: a query, because SQLAlchemy would analyse an UPDATE of objects each time."""
    other = _OTHER
    elsewhere = select(other.id).where(
        same_notification(other, repairs), is_running(other, _NOW), other.lease_owner != _OWNER
    )
    is_unclaimed = ~elsewhere.correlate(ActionRun).exists()
    claimed = (
        update(ActionRun)
        .where(ActionRun.id.in_(_RUNS), _is_waiting(_NOW), is_free(_NOW, repairs), is_unclaimed)
        .values(claim_values(_OWNER, _NOW, _UNTIL))
        .returning(ActionRun)
    )
    return select(ActionRun).from_statement(claimed).execution_options(populate_existing=True)


def kinds_since(session: Session, run: RunView, since: datetime) -> dict[tuple[str, str], int]:
    """The number of other incidents, by service and rule, whose notifications on the run's channel are waiting or ended since a time."""
    count = func.count(distinct(Incident.id))
    query = (
        select(Incident.service, Incident.rule, count)
        .join(ActionRun, ActionRun.incident_id == Incident.id)
        .where(
            _same_channel(run),
            Incident.id != run.incident_id,
            or_(ActionRun.state.in_((RunState.PLANNED, RunState.RUNNING)), ActionRun.finished_at >= since),
        )
        .group_by(Incident.service, Incident.rule)
    )
    return {(service, rule): number for service, rule, number in session.execute(query)}


def accepted_since(session: Session, run: RunView, since: datetime) -> bool:
    """Whether the channel accepted a message of another run since a time."""
    query = select(ActionRun.details).where(
        _same_channel(run), ActionRun.state == RunState.DONE, ActionRun.finished_at >= since, ActionRun.id != run.id
    )
    recent = session.scalars(query.order_by(ActionRun.finished_at.desc()).limit(20))
    return any((details or {}).get("changed", True) for details in recent)


def mark_maybe_sent(session: Session, run_ids: Collection[int]) -> None:
    """Records that an earlier attempt of claimed runs may have sent their message."""
    for row in session.scalars(select(ActionRun).where(ActionRun.id.in_(run_ids))) if run_ids else ():
        row.details = {**(row.details or {}), MAYBE_SENT: True}


def notified(session: Session, target: str, incident_ids: Collection[int]) -> set[int]:
    """The incidents about which a notification was sent on this target, apart from their resolution."""
    query = select(ActionRun.incident_id, ActionRun.details).where(
        ActionRun.incident_id.in_(incident_ids),
        ActionRun.target == clean(target),
        ActionRun.trigger != Trigger.RESOLVED,
        ActionRun.state == RunState.DONE,
        ActionRun.mode == Mode.AUTO,
    )
    return {row.incident_id for row in session.execute(query) if (row.details or {}).get("changed", True)}


def has_notification(session: Session, target: str, incident_id: int) -> bool:
    """Whether the latest notification about the incident on this target, sent or planned, is about anything but its resolution.

    A dry run counts as sent; a run that failed, or ended without being sent, does not count. For a merged incident, the
    latest notification of any of its numbers decides.
    """
    query = select(ActionRun.mode, ActionRun.details, ActionRun.trigger, ActionRun.number_before).where(
        ActionRun.incident_id == incident_id,
        ActionRun.target == clean(target),
        ActionRun.state.not_in((RunState.SKIPPED, RunState.FAILED)),
    )
    latest: dict[int | None, str] = {}
    for row in session.execute(query.order_by(ActionRun.id.desc())):
        if row.mode == Mode.DRY_RUN or (row.details or {}).get("changed", True):
            latest.setdefault(row.number_before, row.trigger)
    decisive = [latest[None]] if None in latest else latest.values()
    return any(trigger != Trigger.RESOLVED for trigger in decisive)


def unacknowledged(
    session: Session,
    handler_rule: str,
    severities: Collection[Severity],
    *,
    before: datetime,
    quiet_since: datetime | None = None,
) -> list[tuple[IncidentView, datetime]]:
    """Open, unacknowledged incidents of these severities that began before a time, with their start, earliest first.

    An incident begins when it is recorded, and again when it is reopened. Incidents with a run of the rule since then
    (or since `quiet_since`) for this trigger are left out.
    """
    run = _OTHER
    of_incident = run.incident_id == Incident.id
    reopened = select(func.max(run.created_at)).where(of_incident, run.trigger == Trigger.REOPENED)
    began = func.coalesce(reopened.correlate(Incident).scalar_subquery(), Incident.received_at)
    ran = select(run.id).where(
        of_incident,
        run.handler_rule == handler_rule,
        run.trigger == Trigger.UNACKNOWLEDGED,
        run.created_at >= began,
        true() if quiet_since is None else func.coalesce(run.held_until, run.created_at) > quiet_since,
    )
    query = (
        select(Incident, began)
        .where(Incident.status == Status.OPEN, Incident.severity.in_(severities), began <= before)
        .where(~ran.correlate(Incident).exists())
        .order_by(began, Incident.id)
    )
    return [(incident_view(incident, None), time) for incident, time in session.execute(query)]


def waiting_parts(session: Session, target: str, separator: str) -> set[str]:
    """The parts of a channel (the rest of their target) for which notifications are waiting or being sent."""
    start = f"{clean(target)}{separator}"
    unfinished = ActionRun.state.in_((RunState.PLANNED, RunState.RUNNING))
    query = select(ActionRun.target).where(ActionRun.target.startswith(start, autoescape=True), unfinished).distinct()
    return {found.removeprefix(start) for found in session.scalars(query)}


def waits(session: Session, target: str) -> bool:
    """Whether there is a planned run on the target, due or not."""
    planned = ActionRun.target == clean(target), ActionRun.state == RunState.PLANNED
    return session.scalar(select(ActionRun.id).where(*planned).limit(1)) is not None


def postpone(session: Session, run_id: int, until: datetime) -> None:
    """Makes a planned run due at `until`."""
    planned = ActionRun.id == run_id, ActionRun.state == RunState.PLANNED
    session.execute(update(ActionRun).where(*planned).values(not_before=until))


def postpone_all(session: Session, target: str, until: datetime) -> None:
    """Postpones every planned run on the target to `until` at the earliest."""
    planned = ActionRun.target == clean(target), ActionRun.state == RunState.PLANNED, ActionRun.not_before < until
    session.execute(update(ActionRun).where(*planned).values(not_before=until))


def skip_all(session: Session, target: str, reason: str, now: datetime) -> None:
    """Skips every planned run on the target."""
    planned = ActionRun.target == clean(target), ActionRun.state == RunState.PLANNED
    session.execute(update(ActionRun).where(*planned).values(state=RunState.SKIPPED, reason=reason, finished_at=now))


def release_all(session: Session, target: str, now: datetime) -> int:
    """Makes every planned run on the target due now, except those that wait for the hours of their rule; returns their number."""
    planned = ActionRun.target == clean(target), ActionRun.state == RunState.PLANNED, ActionRun.not_before > now
    released = update(ActionRun).where(*planned, _is_not_held(now)).values(not_before=now)
    return len(session.scalars(released.returning(ActionRun.id)).all())


def _is_waiting(now: Moment | None) -> ColumnElement[bool]:
    """The condition for planned runs, due or not, and for runs whose worker died."""
    planned = ActionRun.state == RunState.PLANNED
    return (
        planned if now is None else or_(planned, and_(ActionRun.state == RunState.RUNNING, ActionRun.lease_until < now))
    )


def _is_not_held(now: Moment | None) -> ColumnElement[bool]:
    """Whether the run does not wait for the hours of its rule."""
    begun = true() if now is None else ActionRun.held_until <= now
    return or_(ActionRun.held_until.is_(None), begun)


def _same_channel(run: RunView) -> ColumnElement[bool]:
    return and_(ActionRun.action == run.action, ActionRun.target == run.target, ActionRun.mode == run.mode)
