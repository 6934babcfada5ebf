"""The time from a log entry to a notification, and the last notification on each channel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from db.error_db import queries
from db.error_db.models import ActionRun, Incident
from shared.model import RunState, Trigger

MOST = 1_000  # the latest occurrences and incidents that are measured


@dataclass(frozen=True, slots=True)
class ReactionTime:
    """The duration of a stage in seconds: the median and the 95th percentile of `count` measurements."""

    median: float
    slowest: float
    count: int


@dataclass(frozen=True, slots=True)
class Reaction:
    """The stages since a time: from the event to the incident, and from the incident to the first notification."""

    recorded: ReactionTime | None
    notified: ReactionTime | None


def reaction(session: Session, since: datetime, *, notifiers: Collection[str]) -> Reaction:
    """The durations of the stages for everything recorded since a time; None for a stage without measurements."""
    latest = select(Incident.id, Incident.received_at).where(Incident.received_at >= since)
    latest_incidents = latest.order_by(Incident.received_at.desc()).limit(MOST).subquery()
    notified = (
        select(latest_incidents.c.received_at, func.min(ActionRun.finished_at))
        .join(ActionRun, ActionRun.incident_id == latest_incidents.c.id)
        .where(ActionRun.action.in_(notifiers), ActionRun.state == RunState.DONE, ActionRun.trigger == Trigger.OPENED)
        .group_by(latest_incidents.c.id, latest_incidents.c.received_at)
    )
    return Reaction(
        _time(queries.recording_delays(session, since, limit=MOST)),
        _time([end - begin for begin, end in session.execute(notified) if end]),
    )


def _time(lengths: Sequence[timedelta]) -> ReactionTime | None:
    seconds = [max(0.0, length.total_seconds()) for length in lengths]
    if not seconds:
        return None
    slowest = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return ReactionTime(median(seconds), slowest, len(seconds))


def last_notified(session: Session, notifiers: Collection[str]) -> dict[str, datetime]:
    """When each channel last accepted a notification, by the target of the action.

    The targets are read from the index one by one, because few targets have very many runs.
    """
    if not notifiers:
        return {}
    run = aliased(ActionRun)
    names = union_all(*(select(literal(name).label("action")) for name in notifiers)).subquery()
    first = select(func.min(run.target)).where(run.action == names.c.action).scalar_subquery()
    targets = select(names.c.action, first.label("target")).cte("targets", recursive=True)
    of_action = run.action == targets.c.action
    following = select(func.min(run.target)).where(of_action, run.target > targets.c.target).scalar_subquery()
    targets = targets.union_all(select(targets.c.action, following).where(targets.c.target.is_not(None)))
    same = run.action == targets.c.action, run.target == targets.c.target, run.state == RunState.DONE
    last = select(func.max(run.finished_at)).where(*same).scalar_subquery()
    found: dict[str, datetime] = {}
    for target, time in session.execute(select(targets.c.target, last)):
        if target is not None and time is not None:
            found[target] = max(time, found.get(target, time))
    return found
