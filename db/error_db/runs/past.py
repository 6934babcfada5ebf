"""Earlier action runs: of an incident, of a rule, on a target."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.error_db.models import PENDING, UNRESOLVED, ActionRun, Incident
from db.error_db.views import run_view
from db.sanitize import clean
from shared.model import Mode, RunState, Status, Trigger
from shared.records import RunView

# Condition on runs that count for a budget.
SPENT = or_(ActionRun.refusal.is_(None), ActionRun.refusal.not_in(("target_not_found", "other_target")))
# Triggers of runs that are planned when what suppressed them ends; not those of reminders and resolutions.
_DEFERRABLE = (
    Trigger.OPENED,
    Trigger.REOPENED,
    Trigger.ESCALATED,
    Trigger.REMEDIATION_FAILED,
    Trigger.UNACKNOWLEDGED,
    Trigger.FLAPPING,
)
_INCIDENT: BindParameter[int] = bindparam("runs_incident")
_RULE: BindParameter[str] = bindparam("runs_rule")
_TARGET: BindParameter[str] = bindparam("runs_target")
_DONE = select(ActionRun.details).where(
    ActionRun.handler_rule == _RULE,
    ActionRun.target == _TARGET,
    ActionRun.state == RunState.DONE,
    ActionRun.mode == Mode.AUTO,
    ActionRun.undo_of.is_(None),
)
_OF_INCIDENT = select(ActionRun).where(ActionRun.incident_id == _INCIDENT).order_by(ActionRun.id)


@cache
def _other() -> type[ActionRun]:
    return aliased(ActionRun)  # one alias: new ones for every message took time


def last_done(session: Session, actions: Collection[str]) -> RunView | None:
    """The latest run of one of these actions that is done."""
    query = select(ActionRun).where(ActionRun.action.in_(actions), ActionRun.state == RunState.DONE)
    row = session.scalar(query.order_by(ActionRun.id.desc()).limit(1))
    return run_view(row) if row else None


def last_run_at(
    session: Session, handler_rule: str, target: str, *, incident_id: int | None = None, without: int = 0
) -> datetime | None:
    """The time when the rule's latest run on the target finished (or was planned, if unfinished); skipped runs do not count.

    With `incident_id`, only runs of that incident count. The run `without` does not count.
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
    """The number of runs of the rule planned since `since`, without skipped runs and the run `without`.

    A run whose target does not exist, or is not what the incident says, does not count either, because it consumed
    nothing.
    """
    query = select(func.count()).where(
        ActionRun.handler_rule == handler_rule,
        ActionRun.created_at >= since,
        ActionRun.state != RunState.SKIPPED,
        ActionRun.id != without,
        SPENT,
    )
    return session.scalar(query) or 0


def count_done(session: Session, handler_rule: str, target: str) -> int:
    """The number of runs of the rule on the target that changed something (no dry run, no undo, no `changed: false`)."""
    of_rule = {_RULE.key: handler_rule, _TARGET.key: clean(target)}
    return sum((details or {}).get("changed", True) for details in session.scalars(_DONE, of_rule))


def of_incident(session: Session, incident_id: int) -> list[RunView]:
    """All runs of an incident, earliest first."""
    return [run_view(row) for row in session.scalars(_OF_INCIDENT, {_INCIDENT.key: incident_id})]


def of_incidents(session: Session, numbers: Collection[int], *, actions: Collection[str]) -> dict[int, list[RunView]]:
    """The runs of these actions by the number of their incident, earliest first."""
    query = select(ActionRun).where(ActionRun.incident_id.in_(numbers), ActionRun.action.in_(actions))
    found: dict[int, list[RunView]] = {}
    for row in session.scalars(query.order_by(ActionRun.id)):
        found.setdefault(row.incident_id, []).append(run_view(row))
    return found


def unfinished(session: Session, *, actions: Collection[str]) -> list[RunView]:
    """The planned, running or undecided runs of these actions on unresolved incidents."""
    undecided = and_(ActionRun.approval.is_not(None), ActionRun.decided_at.is_(None))
    # PostgreSQL estimates this condition on the status better than the one of UNRESOLVED, and begins with the incidents.
    is_open = Incident.status.in_((Status.OPEN, Status.ACKNOWLEDGED))
    query = select(ActionRun).join(Incident).where(is_open, or_(PENDING, undecided), ActionRun.action.in_(actions))
    return [run_view(row) for row in session.scalars(query.order_by(ActionRun.id))]


def suppressed(session: Session, *, reasons: Collection[str], limit: int) -> list[RunView]:
    """Runs skipped for these reasons, other than reminders and resolutions, whose rule has not run for their incident since.

    Only runs of unresolved incidents are returned; of more than `limit` runs a random selection, so that old suppressed
    runs do not block the others forever.
    """
    ran = _other()
    since = select(ran.id).where(
        ran.incident_id == ActionRun.incident_id,
        ran.handler_rule == ActionRun.handler_rule,
        ran.state != RunState.SKIPPED,
        ran.id > ActionRun.id,
    )
    skipped = ActionRun.state == RunState.SKIPPED, ActionRun.reason.in_(reasons), ActionRun.trigger.in_(_DEFERRABLE)
    query = (
        select(ActionRun)
        .join(Incident, Incident.id == ActionRun.incident_id)
        .where(*skipped, UNRESOLVED, ~since.correlate(ActionRun).exists())
        .order_by(func.random())
        .limit(limit)
    )
    return sorted((run_view(row) for row in session.scalars(query)), key=lambda run: run.id)


def started_since(session: Session, since: datetime, *, actions: Collection[str]) -> list[RunView]:
    """Runs of these actions begun since a time that may have changed something; dry runs do not count."""
    query = select(ActionRun).where(
        ActionRun.action.in_(actions), ActionRun.mode == Mode.AUTO, ActionRun.started_at >= since
    )
    return [run_view(row) for row in session.scalars(query)]


def count_outcomes(session: Session, since: datetime, *, actions: Collection[str]) -> tuple[int, int, int]:
    """For the runs of `started_since`: their number, and how many of them succeeded and how many were undone."""
    began = ActionRun.action.in_(actions), ActionRun.mode == Mode.AUTO, ActionRun.started_at >= since
    done = func.count().filter(ActionRun.state == RunState.DONE)
    count, worked, undone = session.execute(
        select(func.count(), done, func.count(ActionRun.undone_at)).where(*began)
    ).one()
    return count, worked, undone


def actions_since(session: Session, since: datetime) -> set[str]:
    """The actions of all runs begun since a time, including dry runs."""
    return set(session.scalars(select(ActionRun.action).where(ActionRun.started_at >= since).distinct()))


def latest_started(session: Session, since: datetime, *, actions: Collection[str], limit: int) -> list[RunView]:
    """The latest of the runs of `started_since`, the last one first."""
    began = ActionRun.action.in_(actions), ActionRun.mode == Mode.AUTO, ActionRun.started_at >= since
    query = select(ActionRun).where(*began).order_by(ActionRun.started_at.desc(), ActionRun.id.desc()).limit(limit)
    return [run_view(row) for row in session.scalars(query)]


def latest(session: Session, *, limit: int, before: int | None = None, incident: int | None = None) -> list[RunView]:
    """The latest runs, planned or skipped, latest first; optionally with a lower number than `before`, or of one incident."""
    query = select(ActionRun).order_by(ActionRun.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ActionRun.id < before)
    if incident is not None:
        query = query.where(ActionRun.incident_id == incident)
    return [run_view(row) for row in session.scalars(query)]
