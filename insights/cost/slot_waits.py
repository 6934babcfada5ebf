"""Principals that used the slots while a BigQuery job waited.

A job waits for the slots of its reservation, which may serve many projects; on demand it waits for the slots of its
project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.cost.spending import NONE
from shared.errors import InputError
from shared.texts import listed
from shared.texts.cli import jobs as texts

LONGEST_RUN = timedelta(hours=24)
USUAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Contender:
    """A user of slots while a job waited: slot-seconds, the median at the same time on other days, and the difference."""

    principal: str
    slot_seconds: float
    usual_slot_seconds: float
    rise: float
    runs: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The time that a run waited, and the slots used by each principal during it, largest rise first.

    `waited` is False for a run that was not queued; the period is then the run itself. `days` is the number of days
    used for the usual values. `reservation_id` is None for a run on demand.
    """

    project: str
    run_id: str
    job_name: str
    reservation_id: str | None
    start: datetime
    end: datetime
    waited: bool
    days: int
    contenders: list[Contender]


def waiting(session: Session, run_id: str, *, project: str = "", days: int = USUAL_DAYS) -> Wait | None:
    """The use of slots while the run waited; None if no such BigQuery run exists, or if it has not started.

    A job id is unique only within its project. Raises InputError if several projects have it and `project` is empty.
    """
    run = _run(session, run_id, project)
    if run is None or run.start_at is None:
        return None
    waited = run.created_at is not None and run.start_at > run.created_at
    start = run.created_at if waited and run.created_at else run.start_at
    end = run.start_at if waited else run.end_at or run.start_at
    uses = [_use(session, run, start - timedelta(days=back), end - timedelta(days=back)) for back in range(days + 1)]
    then, past = uses[0], [use for use in uses[1:] if use]
    contenders = [_contender(name, then[name], past) for name in then]
    return Wait(
        project=run.project,
        run_id=run_id,
        job_name=run.job_name,
        reservation_id=run.reservation_id,
        start=start,
        end=end,
        waited=waited,
        days=len(past),
        contenders=sorted(contenders, key=lambda each: (-each.rise, each.principal)),
    )


def _run(session: Session, run_id: str, project: str) -> JobRun | None:
    query = select(JobRun).where(JobRun.service == "bigquery", JobRun.run_id == run_id).order_by(JobRun.project)
    runs = session.scalars(query.where(JobRun.project == project) if project else query).all()
    if len(runs) > 1:
        raise InputError(texts.SEVERAL_PROJECTS(projects=listed(run.project for run in runs)))
    return runs[0] if runs else None


def _contender(name: str, used: list[float], past: Sequence[dict[str, list[float]]]) -> Contender:
    usual = median(sum(use.get(name, ())) for use in past) if past else 0.0
    return Contender(name, sum(used), usual, sum(used) - usual, len(used))


def _use(session: Session, run: JobRun, start: datetime, end: datetime) -> dict[str, list[float]]:
    """Slot-seconds by principal in [start, end) of other runs on the same slots, as if each run used them evenly."""
    query = select(JobRun.principal, JobRun.start_at, JobRun.end_at, JobRun.slot_ms).where(
        JobRun.service == "bigquery",
        _beside(run),
        not_(_family(run)),
        JobRun.slot_ms > 0,
        JobRun.start_at >= start - LONGEST_RUN,
        JobRun.start_at < end,
        JobRun.end_at > start,
    )
    used: defaultdict[str, list[float]] = defaultdict(list)
    rows: Sequence[Any] = session.execute(query).all()
    for principal, began, ended, slot_ms in rows:
        length = (ended - began).total_seconds()
        overlap = (min(ended, end) - max(began, start)).total_seconds()
        if length > 0 and overlap > 0:
            used[principal or NONE].append(slot_ms / 1000 * overlap / length)
    return dict(used)


def _beside(run: JobRun) -> ColumnElement[bool]:
    """The runs that share the slots of `run`."""
    if run.reservation_id is not None:
        return JobRun.reservation_id == run.reservation_id
    return and_(JobRun.project == run.project, JobRun.reservation_id.is_(None))


def _family(run: JobRun) -> ColumnElement[bool]:
    """The run, its parent script, and the statements of that script: they wait with the run and do not delay it."""
    script = run.parent or run.run_id
    same = or_(JobRun.run_id == run.run_id, JobRun.run_id == script, JobRun.parent == script)
    return and_(JobRun.project == run.project, same)
