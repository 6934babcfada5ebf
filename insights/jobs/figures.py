"""The jobs of the last weeks in figures, and their latest runs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    cast,
    extract,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from db.intervals import LONGEST
from db.schema_db.models import JobRun
from insights.cost.spending import SLOT_HOUR, Amount, Prices
from insights.jobs.day_sums import sums
from insights.jobs.starts import KEY, Job, listed_jobs
from shared.lazy.dataclass import dataclass

WINDOW = LONGEST
WEEK = timedelta(days=7)
LATEST = 14  # runs of a job that a list shows


@dataclass(frozen=True, slots=True)
class JobFigures:
    """A job in a period. `*_at` are None without such a run; prices are those of this week and of the week before."""

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
        """The end of the latest ended run."""
        return max(filter(None, (self.succeeded_at, self.failed_at)), default=None)

    @property
    def is_failing(self) -> bool:
        """Whether the latest ended run failed."""
        return self.failed_at is not None and self.last_end == self.failed_at != self.succeeded_at

    @property
    def is_ad_hoc(self) -> bool:
        """Whether the job has no schedule: operations on machines, or queries of an account that name no job.

        BigQuery jobs without a name are named by the account (bigquery/job_name.py).
        """
        service, _, name = self.job
        return service == "compute" or (service == "bigquery" and "@" in name)


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run in a list or a chart. `seconds` is None while it is running."""

    run_id: str
    state: str
    start_at: datetime
    end_at: datetime | None
    principal: str
    error: str

    @property
    def seconds(self) -> float | None:
        """The duration; None while the run is running."""
        return (self.end_at - self.start_at).total_seconds() if self.end_at else None


_SHOWN = tuple(getattr(JobRun, each.name) for each in fields(ShownRun))
_LATEST_FIRST = (JobRun.start_at.desc(), JobRun.run_id)


def figures(session: Session, now: datetime, prices: Prices, jobs: Collection[Job] | None = None) -> list[JobFigures]:
    """Every job with a run in the last five weeks, or those of `jobs`."""
    periods = {
        "now": (now - WEEK, now),
        "before": (now - 2 * WEEK, now - WEEK),
        "": (now - WINDOW, now - 2 * WEEK),
    }
    return [_figures(each, row, prices) for each, row in sorted(sums(session, periods, jobs).items())]


def latest_durations(
    session: Session, jobs: Collection[Job], now: datetime
) -> dict[Job, list[tuple[str, float | None]]]:
    """The states and durations in seconds of the runs of `latest_runs`; faster to read."""
    if session.get_bind().dialect.name != "postgresql":
        return {
            job: [(run.state, run.seconds) for run in runs] for job, runs in latest_runs(session, jobs, now).items()
        }
    rows = session.execute(_durations(sorted(jobs), now)) if jobs else ()
    return {
        (service, project, name): list(zip(states, seconds, strict=True))[::-1]
        for service, project, name, states, seconds in rows
    }


def latest_runs(
    session: Session, jobs: Collection[Job], now: datetime, *, most: int = LATEST
) -> dict[Job, list[ShownRun]]:
    """The latest runs of these jobs in the last five weeks, oldest first."""
    runs: defaultdict[Job, list[ShownRun]] = defaultdict(list)
    statement = _each_job if session.get_bind().dialect.name == "postgresql" else _each_job_in_sqlite
    for service, project, name, *shown in session.execute(statement(sorted(jobs), now, most)) if jobs else ():
        runs[(service, project, name)].append(ShownRun(*shown))
    return {job: of_job[::-1] for job, of_job in runs.items()}


def _each_job(jobs: Sequence[Job], now: datetime, most: int) -> Select[Any]:
    """Reads the end of the index for each job; PostgreSQL would otherwise number all their runs."""
    listed = listed_jobs(jobs)
    same = (one == other for one, other in zip(KEY, listed.columns, strict=True))
    of_job = select(*_SHOWN).where(*same, *_inside(now)).order_by(*_LATEST_FIRST).limit(most).lateral("latest")
    return select(*listed.columns, *of_job.columns).select_from(listed.join(of_job, true()))


def _durations(jobs: Sequence[Job], now: datetime) -> Select[Any]:
    """One row for each job, its latest run first: PostgreSQL sends no row for each run."""
    listed = listed_jobs(jobs)
    same = (one == other for one, other in zip(KEY, listed.columns, strict=True))
    seconds = cast(extract("epoch", JobRun.end_at - JobRun.start_at), Float).label("seconds")
    latest = select(JobRun.state, seconds).where(*same, *_inside(now)).order_by(*_LATEST_FIRST).limit(LATEST)
    of_job = latest.subquery().lateral("latest")
    states = func.array_agg(of_job.c.state, type_=ARRAY(String))
    values = func.array_agg(of_job.c.seconds, type_=ARRAY(Float))
    return select(*listed.columns, states, values).select_from(listed.join(of_job, true())).group_by(*listed.columns)


def _each_job_in_sqlite(jobs: Sequence[Job], now: datetime, most: int) -> Select[Any]:
    """The same as `_each_job` without a lateral join: SQLite reads the index for each element of a JSON array."""
    listed = func.json_each(json.dumps(jobs)).table_valued("value", name="listed")
    latest = aliased(JobRun, name="latest")
    same = (
        getattr(latest, key.key) == func.json_extract(listed.c.value, f"$[{place}]") for place, key in enumerate(KEY)
    )
    newest = (
        select(literal_column("latest.rowid", Integer))
        .select_from(latest)
        .where(*same, latest.start_at >= now - WINDOW, latest.start_at < now)
        .order_by(latest.start_at.desc(), latest.run_id)
        .limit(most)
        .correlate(listed)
    )
    rows = select(*KEY, *_SHOWN).select_from(listed.join(JobRun, literal_column("job_runs.rowid", Integer).in_(newest)))
    return rows.order_by(*KEY, *_LATEST_FIRST)


def _inside(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return JobRun.start_at >= now - WINDOW, JobRun.start_at < now


def _figures(job: Job, row: Mapping[str, Any], prices: Prices) -> JobFigures:
    def price(period: str) -> float:
        slot_hours = float(row.get(f"reserved_slot_ms_{period}") or 0) / SLOT_HOUR
        billed = float(row.get(f"bytes_billed_{period}") or 0)
        return Amount(bytes_billed=billed, reserved_slot_hours=slot_hours).price(prices)

    return JobFigures(
        job,
        int(row["runs"]),
        int(row["failed"]),
        row["first_start"],
        row["last_start"],
        row["succeeded_at"],
        row["failed_at"],
        row["running_since"],
        price("now"),
        price("before"),
    )
