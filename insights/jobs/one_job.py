"""A job: its runs with all stored columns, and the comparison of two runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.cadence import moves
from insights.jobs.due_run import Localize
from insights.jobs.habits.schedule_moves import ScheduleMove
from insights.jobs.starts import Job
from insights.jobs.trends import LEAST_GROWTH
from shared.lazy.dataclass import dataclass

MOST_RUNS = 60
# Values of two runs that differ by less than the growth of a slow job, or by less than this, count as equal.
FLOORS = {"waited": 5.0, "took": 5.0, "slot_hours": 0.05, "bytes_billed": 10 * 1024**2}


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run of a job, with all the columns that people compare."""

    run_id: str
    parent: str
    state: str
    created_at: datetime | None
    start_at: datetime
    end_at: datetime | None
    attempt: int
    error: str
    principal: str
    labels: dict[str, Any]
    slot_ms: int
    bytes_billed: int
    cache_hit: bool | None
    statement_type: str
    query_key: str
    destination: str
    sources: list[str]
    reservation_id: str | None

    @property
    def seconds(self) -> float | None:
        """The duration; None while the run is running."""
        return (self.end_at - self.start_at).total_seconds() if self.end_at else None

    @property
    def waited(self) -> float | None:
        """The seconds from its submission to its start; None if the submission is unknown."""
        return max((self.start_at - self.created_at).total_seconds(), 0.0) if self.created_at else None

    @property
    def slot_hours(self) -> float:
        """The slot-hours that the run used."""
        return self.slot_ms / 3_600_000


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A line of a comparison: its name, the value in each run, and whether the values differ."""

    name: str
    former: Any
    latter: Any
    differs: bool


def runs_of(session: Session, job: Job, until: datetime, *, most: int = MOST_RUNS) -> list[RunDetails]:
    """The latest runs of a job that started before a time, latest first."""
    service, project, name = job
    of_job = JobRun.service == service, JobRun.project == project, JobRun.job_name == name, JobRun.start_at < until
    query = select(*_columns()).where(*of_job).order_by(JobRun.start_at.desc(), JobRun.run_id).limit(most)
    return [RunDetails(*row) for row in session.execute(query)]


def moves_of(session: Session, job: Job, now: datetime, local: Localize) -> list[ScheduleMove]:
    """The moves of a job to another time of day in its latest runs, earliest first."""
    service, project, name = job
    of_job = JobRun.service == service, JobRun.project == project, JobRun.job_name == name, JobRun.parent == ""
    query = select(JobRun.start_at).where(*of_job, JobRun.start_at < now).order_by(JobRun.start_at.desc())
    return moves([start for start in session.scalars(query.limit(MOST_RUNS)) if start], local)


def run_of(session: Session, job: Job, run_id: str) -> RunDetails | None:
    """A started run of a job, by its id; None if there is none."""
    service, project, name = job
    of_run = JobRun.service == service, JobRun.project == project, JobRun.run_id == run_id
    query = select(*_columns()).where(*of_run, JobRun.job_name == name, JobRun.start_at.is_not(None))
    row = session.execute(query).first()
    return RunDetails(*row) if row else None


def run_by_id(session: Session, service: str, project: str, run_id: str) -> tuple[Job, RunDetails] | None:
    """A started run with its job; None if there is none."""
    of_run = JobRun.service == service, JobRun.project == project, JobRun.run_id == run_id
    row = session.execute(select(JobRun.job_name, *_columns()).where(*of_run, JobRun.start_at.is_not(None))).first()
    return ((service, project, row[0]), RunDetails(*row[1:])) if row else None


def _columns() -> Iterator[Any]:
    return (getattr(JobRun, each.name) for each in fields(RunDetails))


def pair(runs: Sequence[RunDetails]) -> tuple[RunDetails, RunDetails] | None:
    """The last successful run before the latest run, and the latest run; None without both. `runs` are latest first."""
    good = next((run for run in runs[1:] if run.state == "succeeded"), None)
    return (good, runs[0]) if good else None


def compare(former: RunDetails, latter: RunDetails) -> list[RunDifference]:
    """The lines of a comparison, without lines that are empty in both runs."""
    values = [
        ("started", former.start_at, latter.start_at),
        ("state", former.state, latter.state),
        ("waited", former.waited, latter.waited),
        ("took", former.seconds, latter.seconds),
        ("attempt", former.attempt, latter.attempt),
        ("error", former.error, latter.error),
        ("principal", former.principal, latter.principal),
        ("bytes_billed", former.bytes_billed, latter.bytes_billed),
        ("slot_hours", former.slot_hours, latter.slot_hours),
        ("reservation", former.reservation_id or "", latter.reservation_id or ""),
        ("query", former.query_key[:12], latter.query_key[:12]),
        ("reads", former.sources, latter.sources),
        ("writes", former.destination, latter.destination),
        *_labels(former.labels, latter.labels),
    ]
    return [RunDifference(name, old, new, _differ(name, old, new)) for name, old, new in values if old or new]


def _labels(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The labels whose values differ."""
    names = sorted({*old, *new})
    return ((f"label {name}", old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name))


def _differ(name: str, old: Any, new: Any) -> bool:
    if name == "started":
        return False
    if name not in FLOORS:
        return bool(old != new)
    low, high = sorted((float(old or 0), float(new or 0)))
    return high - low >= FLOORS[name] and high > low * LEAST_GROWTH
