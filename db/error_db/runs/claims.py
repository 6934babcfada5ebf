"""Action runs that are due, and their claim by one worker at a time.

A claim is one filtered UPDATE, so only one of several workers gets the row. A run with the name of a worker is claimed
only by that worker, until it has waited for PATIENCE: then the function claims it, because nobody else would report it.

A notification waits for the remediations of its incident that are running or due, so that its card shows their results,
but not for one that is waiting for a retry. `repairs` are the names of the remediation actions.

The notifications about one fault on one channel are sent one at a time, the earliest first, so that "resolved" of an
earlier incident does not follow "opened" of a later one.
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
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import ExecutableReturnsRows

from db.error_db.models import ActionRun, Incident
from db.error_db.views import run_view
from db.sanitize import clean_key
from shared.model import Mode, RunState, Trigger
from shared.records import RunView

PATIENCE = timedelta(minutes=30)  # with a worker that does not take its runs
# One alias for each use: every message needs these conditions, and new aliases took a quarter of its time.
_REPAIR, _OTHER, _SENT = aliased(ActionRun), aliased(ActionRun), aliased(ActionRun)
_EARLIER, _OWN = aliased(Incident), aliased(Incident)
# The parameters of the statements, which are built once for the same reason: to build one takes longer than to execute it.
_NOW = bindparam("claim_now", type_=ActionRun.__table__.c.not_before.type)
_PATIENT = bindparam("claim_patient", type_=ActionRun.__table__.c.not_before.type)
_WORKER: BindParameter[Any] = bindparam("claim_worker")
_LIMIT: BindParameter[int] = bindparam("claim_limit", type_=Integer())
_INCIDENTS: BindParameter[Any] = bindparam("claim_incidents", expanding=True)
_RUN: BindParameter[int] = bindparam("claim_run")
_OWNER: BindParameter[Any] = bindparam("claim_owner")
_UNTIL = bindparam("claim_until", type_=ActionRun.__table__.c.lease_until.type)

Moment = datetime | BindParameter[Any]
Actions = frozenset[str]


def due(
    session: Session,
    now: datetime,
    *,
    limit: int,
    incident_ids: Collection[int] | None = None,
    repairs: Collection[str] = (),
    worker: str = "",
) -> list[RunView]:
    """Runs that this worker may claim now, longest waiting first.

    `incident_ids` limits them to the faults of these incidents.
    """
    parameters = {**_parameters(now, worker), _LIMIT.key: limit}
    if incident_ids is not None:
        parameters[_INCIDENTS.key] = list(incident_ids)
    query = _due(frozenset(repairs), by_worker=bool(worker), of_incidents=incident_ids is not None)
    return [run_view(row) for row in session.scalars(query, parameters)]


def hand_over(session: Session, run_id: int, worker: str, *, now: datetime) -> bool:
    """Leaves a planned run to a worker on-premises; False if it is already left to one, or running."""
    waits = ActionRun.id == run_id, ActionRun.state == RunState.PLANNED, ActionRun.worker.is_(None)
    left = update(ActionRun).where(*waits).values(worker=clean_key(worker, 40), not_before=now)
    return session.scalar(left.returning(ActionRun.id)) is not None


def left_to_workers(session: Session, before: datetime) -> list[RunView]:
    """The planned runs that have been due since before a time and wait for their worker, longest waiting first."""
    waits = ActionRun.state == RunState.PLANNED, ActionRun.worker.is_not(None), ActionRun.not_before < before
    rows = session.scalars(select(ActionRun).where(*waits).order_by(ActionRun.not_before, ActionRun.id))
    return [run_view(row) for row in rows]


def claim(
    session: Session,
    run_id: int,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    repairs: Collection[str] = (),
    worker: str = "",
) -> RunView | None:
    """Claims the run until the lease ends and counts an attempt; None when it is not due or another worker has it."""
    lease_of_worker = {_OWNER.key: clean_key(owner, 100), _UNTIL.key: now + lease}
    parameters = {**_parameters(now, worker), **lease_of_worker, _RUN.key: run_id}
    row = session.scalars(_claim(frozenset(repairs), by_worker=bool(worker)), parameters).one_or_none()
    return run_view(row) if row else None


def claim_values(owner: BindParameter[Any], now: BindParameter[Any], until: BindParameter[Any]) -> dict[str, Any]:
    """The column values of a claim."""
    return {
        "state": RunState.RUNNING,
        "lease_owner": owner,
        "lease_until": until,
        "attempts": ActionRun.attempts + 1,
        "started_at": now,
    }


@cache
def _due(repairs: Actions, *, by_worker: bool, of_incidents: bool) -> Select[ActionRun]:
    """The query of `due`."""
    query = select(ActionRun).where(_claimable(repairs, by_worker=by_worker))
    if of_incidents:
        faults = select(Incident.fingerprint).where(Incident.id.in_(_INCIDENTS))
        query = query.where(ActionRun.incident_id.in_(select(Incident.id).where(Incident.fingerprint.in_(faults))))
    # Behind those that only waited for a broken channel: its next attempt is made with another one.
    tried = ActionRun.started_at.is_not(None), ActionRun.started_at
    return query.order_by(ActionRun.not_before, *tried, ActionRun.id).limit(_LIMIT)


@cache
def _claim(repairs: Actions, *, by_worker: bool) -> ExecutableReturnsRows:
    """The statement of `claim`. It is a query, because SQLAlchemy would analyse an UPDATE of objects each time."""
    claimed = (
        update(ActionRun)
        .where(ActionRun.id == _RUN, _claimable(repairs, by_worker=by_worker))
        .values(claim_values(_OWNER, _NOW, _UNTIL))
        .returning(ActionRun)
    )
    return select(ActionRun).from_statement(claimed).execution_options(populate_existing=True)


@cache
def _claimable(repairs: Actions, *, by_worker: bool) -> ColumnElement[bool]:
    """The condition for runs that a worker with a name may claim, or the function."""
    since = func.coalesce(ActionRun.lease_until, ActionRun.not_before)
    is_own = ActionRun.worker == _WORKER if by_worker else or_(ActionRun.worker.is_(None), since <= _PATIENT)
    return and_(_is_due(ActionRun, _NOW), is_own, is_free(_NOW, repairs), _is_next(_NOW, repairs))


def _parameters(now: datetime, worker: str) -> dict[str, Any]:
    """The values of the parameters of `_claimable`."""
    own = {_WORKER.key: worker} if worker else {_PATIENT.key: now - PATIENCE}
    return {_NOW.key: now, **own}


def _does_one_of(run: type[ActionRun], actions: Actions) -> ColumnElement[bool]:
    """The condition that the run's action is one of these.

    They are part of the statement: with a parameter for each, SQLAlchemy would write the text of the statement anew each time.
    """
    names = ", ".join("'{}'".format(name.replace("'", "''")) for name in sorted(actions) or [""])
    return run.action.op("IN", is_comparison=True)(literal_column(f"({names})"))


def is_free(now: Moment, repairs: Actions) -> ColumnElement[bool]:
    """The condition that no remediation of the incident delays a notification.

    An earlier remediation that is due counts as running, because another worker may be claiming it. One that is left to
    a worker on-premises delays nothing, because nobody knows when the worker takes it.
    """
    repair = _REPAIR
    about_to = and_(_is_due(repair, now), repair.id < ActionRun.id)
    in_the_way = select(repair.id).where(
        repair.incident_id == ActionRun.incident_id,
        _does_one_of(repair, repairs),
        repair.worker.is_(None),
        or_(is_running(repair, now), about_to),
    )
    return or_(_does_one_of(ActionRun, repairs), ~in_the_way.correlate(ActionRun).exists())


def _is_next(now: Moment, repairs: Actions) -> ColumnElement[bool]:
    """The condition that no other notification about the incident on this channel comes first.

    First come one that is being sent, an earlier one that is due, and, for a resolution, every unfinished one of the
    opening. The worker that sends one adds the waiting ones, so that they share its card.
    """
    other = _OTHER
    earlier = and_(other.id < ActionRun.id, _is_due(other, now))
    resolution = and_(ActionRun.trigger == Trigger.RESOLVED, other.trigger != Trigger.RESOLVED, _is_unfinished(other))
    first = select(other.id).where(
        same_notification(other, repairs),
        or_(is_running(other, now), earlier, and_(other.id < ActionRun.id, resolution)),
    )
    is_first = ~first.correlate(ActionRun).exists() & ~_of_earlier_incident(now, repairs).exists()
    return or_(_does_one_of(ActionRun, repairs), ActionRun.mode != Mode.AUTO, is_first)


def _of_earlier_incident(now: Moment, repairs: Actions) -> Select[int]:
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


def same_notification(other: type[ActionRun], repairs: Actions) -> ColumnElement[bool]:
    """The condition that `other` is another notification about the run's incident on its channel."""
    return and_(other.incident_id == ActionRun.incident_id, other.id != ActionRun.id, _notifies(other, repairs))


def _notifies(other: type[ActionRun], repairs: Actions) -> ColumnElement[bool]:
    """The condition that `other` is a notification on the run's channel."""
    return and_(other.target == ActionRun.target, other.mode == Mode.AUTO, ~_does_one_of(other, repairs))


def is_running(run: type[ActionRun], now: Moment) -> ColumnElement[bool]:
    """The condition that a worker is executing the run."""
    return and_(run.state == RunState.RUNNING, run.lease_until >= now)


def _is_unfinished(run: type[ActionRun]) -> ColumnElement[bool]:
    return or_(run.state == RunState.PLANNED, run.state == RunState.RUNNING)


def _is_due(run: type[ActionRun], now: Moment) -> ColumnElement[bool]:
    lease_over = and_(run.state == RunState.RUNNING, run.lease_until < now)
    return and_(run.not_before <= now, or_(run.state == RunState.PLANNED, lease_over))
