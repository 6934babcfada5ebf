"""The jobs of the last weeks in figures, and their latest runs: one row for each job, read from the runs by their time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, true, tuple_
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import JobRun
from db.schema_db.models.jobs import UNFINISHED
from insights.cost.spending import Amount, Prices
from insights.jobs.starts import KEY, Job, listed_jobs

WINDOW = LONGEST
WEEK = timedelta(days=7)
LATEST = 14  # runs of a job that a list shows


@dataclass(frozen=True, slots=True)
class JobFigures:
    """One job in a period. `*_at` are None if there is no such run; prices are those of a week and of the week before."""

    job: Job
    runs: int
    failed: int
    first_start: datetime
    last_start: datetime
    succeeded_at: datetime | None
    failed_at: datetime | None
    running_since: datetime | None
    price: float
    previous_price: float

    @property
    def last_end(self) -> datetime | None:
        """The end of the latest run that ended."""
        return max(filter(None, (self.succeeded_at, self.failed_at)), default=None)

    @property
    def is_failing(self) -> bool:
        """Whether the latest run that ended failed."""
        return self.failed_at is not None and self.last_end == self.failed_at != self.succeeded_at

    @property
    def is_ad_hoc(self) -> bool:
        """Whether these are the queries of an account, which BigQuery knows by no other name (bigquery/job_name.py)."""
        return self.job[0] == "bigquery" and "@" in self.job[2]


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run in a list or a chart. `seconds` is None while it runs."""

    run_id: str
    state: str
    start_at: datetime
    end_at: datetime | None
    principal: str
    error: str

    @property
    def seconds(self) -> float | None:
        """Its duration; None while it runs."""
        return (self.end_at - self.start_at).total_seconds() if self.end_at else None


_SHOWN = tuple(getattr(JobRun, each.name) for each in fields(ShownRun))
_LATEST_FIRST = (JobRun.start_at.desc(), JobRun.run_id)


def figures(session: Session, now: datetime, prices: Prices, job: Job | None = None) -> list[JobFigures]:
    """Every job with a run in the last five weeks, or one of them."""
    statement = _statement(now)
    if job is not None:
        statement = statement.where(*(column == value for column, value in zip(KEY, job, strict=True)))
    return [_figures(dict(row), prices) for row in session.execute(statement).mappings()]


def latest_runs(
    session: Session, jobs: Collection[Job], now: datetime, *, most: int = LATEST
) -> dict[Job, list[ShownRun]]:
    """The latest runs of these jobs in the last five weeks, oldest first."""
    runs: defaultdict[Job, list[ShownRun]] = defaultdict(list)
    statement = _each_job if session.get_bind().dialect.name == "postgresql" else _ranked
    for service, project, name, *shown in session.execute(statement(sorted(jobs), now, most)) if jobs else ():
        runs[(service, project, name)].append(ShownRun(*shown))
    return {job: of_job[::-1] for job, of_job in runs.items()}


def _each_job(jobs: Sequence[Job], now: datetime, most: int) -> Select[Any]:
    """Reads the end of the index for each job: PostgreSQL would number all their runs otherwise."""
    listed = listed_jobs(jobs)
    same = (one == other for one, other in zip(KEY, listed.columns, strict=True))
    of_job = select(*_SHOWN).where(*same, *_inside(now)).order_by(*_LATEST_FIRST).limit(most).lateral("latest")
    return select(*listed.columns, *of_job.columns).select_from(listed.join(of_job, true()))


def _ranked(jobs: Sequence[Job], now: datetime, most: int) -> Select[Any]:
    """Numbers the runs of the jobs: SQLite has no lateral join."""
    place = func.row_number().over(partition_by=KEY, order_by=_LATEST_FIRST)
    ranked = select(*KEY, *_SHOWN, place.label("place")).where(*_inside(now), tuple_(*KEY).in_(jobs)).subquery()
    *shown, number = ranked.columns
    return select(*shown).where(number <= most).order_by(ranked.c.start_at.desc(), ranked.c.run_id)


def _inside(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return JobRun.start_at >= now - WINDOW, JobRun.start_at < now


def _statement(now: datetime) -> Select[Any]:
    ended = {state: func.max(case((JobRun.state == state, JobRun.end_at))) for state in ("succeeded", "failed")}
    sums = {
        f"{column}_{name}": func.sum(
            case((of & (JobRun.start_at >= since) & (JobRun.start_at < until), value), else_=0)
        )
        for name, since, until in (("now", now - WEEK, now), ("before", now - 2 * WEEK, now - WEEK))
        for column, value, of in (
            ("bytes", JobRun.bytes_billed, JobRun.reservation_id.is_(None)),
            ("slots", JobRun.slot_ms, JobRun.reservation_id.is_not(None)),
        )
    }
    columns = (
        *KEY,
        func.count().label("runs"),
        func.sum(case((JobRun.state == "failed", 1), else_=0)).label("failed"),
        func.min(JobRun.start_at).label("first_start"),
        func.max(JobRun.start_at).label("last_start"),
        ended["succeeded"].label("succeeded_at"),
        ended["failed"].label("failed_at"),
        func.max(case((UNFINISHED, JobRun.start_at))).label("running_since"),
        *(value.label(name) for name, value in sums.items()),
    )
    return select(*columns).where(JobRun.start_at >= now - WINDOW, JobRun.start_at < now).group_by(*KEY)


def _figures(row: Mapping[str, Any], prices: Prices) -> JobFigures:
    def price(name: str) -> float:
        slot_hours = float(row[f"slots_{name}"]) / 3_600_000
        return Amount(bytes_billed=float(row[f"bytes_{name}"]), reserved_slot_hours=slot_hours).price(prices)

    return JobFigures(
        (row["service"], row["project"], row["job_name"]),
        row["runs"],
        int(row["failed"]),
        row["first_start"],
        row["last_start"],
        row["succeeded_at"],
        row["failed_at"],
        row["running_since"],
        price("now"),
        price("before"),
    )
