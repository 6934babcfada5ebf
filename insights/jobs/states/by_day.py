"""Runs of jobs by day, in the time zone of the installation: the result of each job on each day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, column, func, select, table, true, tuple_
from sqlalchemy.orm import Session

from db.types import UtcDateTime
from insights.jobs.gaps import missing_runs
from insights.jobs.starts import Job, listed_jobs
from insights.jobs.usual import Localize, slow_limit

_RUNS = table(
    "v_job_runs",
    column("service"),
    column("project"),
    column("job_name"),
    column("state"),
    column("start_at", UtcDateTime()),
    column("run_seconds"),
)
_KEY = (_RUNS.c.service, _RUNS.c.project, _RUNS.c.job_name)
LEAST_IN_COMMON = 2
PAST = timedelta(days=35)  # enough for four weekly runs


@dataclass(frozen=True, slots=True)
class DayOfJob:
    """A job on a day.

    `longest` is the longest duration of a successful run in seconds; `missing` counts runs that never started.
    """

    runs: int = 0
    failed: int = 0
    unfinished: int = 0
    succeeded: int = 0
    longest: float | None = None
    missing: int = 0
    is_slow: bool = False

    @property
    def state(self) -> str:
        """The worst result of the day: `failed`, `missing`, `slow`, `running`, `well`, or empty without a run."""
        if self.failed:
            return "failed"
        if self.missing:
            return "missing"
        if self.is_slow:
            return "slow"
        if self.unfinished:
            return "running"
        return "well" if self.runs else ""


@dataclass(frozen=True, slots=True)
class DayGrid:
    """The days, oldest first, and the result of each job on each day. `due` are the runs that never started."""

    days: Sequence[date]
    cells: Mapping[Job, Mapping[date, DayOfJob]]
    due: Sequence[tuple[datetime, Job]] = field(default_factory=list)

    def count(self, name: str) -> int:
        """The sum of `runs`, `failed` or `missing` over all days and jobs."""
        return sum(getattr(cell, name) for of_job in self.cells.values() for cell in of_job.values())

    def good_days(self, job: Job) -> tuple[int, int]:
        """The number of days without a problem, and the number of days on which the job ran or was due."""
        states = [cell.state for cell in self.cells.get(job, {}).values() if cell.state]
        return sum(state not in {"failed", "missing", "slow"} for state in states), len(states)

    def in_common(self) -> list[tuple[date, str, list[str]]]:
        """The days on which several jobs failed or several never started, latest first: day, state, names of the jobs."""
        named: defaultdict[tuple[date, str], list[str]] = defaultdict(list)
        for job, of_job in self.cells.items():
            for day, cell in of_job.items():
                if cell.state in {"failed", "missing"}:
                    named[day, cell.state].append(job[2])
        common = ((day, state, sorted(names)) for (day, state), names in named.items() if len(names) >= LEAST_IN_COMMON)
        return sorted(common, key=lambda each: (each[0].toordinal(), len(each[2])), reverse=True)


@dataclass(frozen=True, slots=True)
class DayRange:
    """The last `length` days of a time zone, today included."""

    now: datetime
    length: int
    zone: str
    local: Localize

    @property
    def days(self) -> list[date]:
        """The days, oldest first."""
        today = self.local(self.now).date()
        return [today - timedelta(days=back) for back in range(self.length - 1, -1, -1)]

    @property
    def start(self) -> datetime:
        """The beginning of the first day."""
        return self.local(self.now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=self.length - 1)

    def day_of(self, session: Session, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """The SQL expression for the day of a time.

        SQLite has no time zones: there the current offset applies to all times.
        """
        if session.get_bind().dialect.name == "postgresql":
            return cast(func.timezone(self.zone, moment), Date)
        offset = self.local(self.now).utcoffset() or timedelta()
        return func.date(moment, f"{int(offset.total_seconds()) // 60} minutes")


def by_day(session: Session, jobs: Sequence[Job], period: DayRange) -> DayGrid:
    """The results of these jobs by day."""
    cells = _days(session, jobs, period)
    missing = missing_runs(session, jobs, period.now, days=period.length, past=PAST, zone=period.local)
    due = [(moment, job) for job, times in missing.items() for moment in times if moment >= period.start]
    for job, of_day in _missing_by_day(due, period.local).items():
        for day, count in of_day.items():
            cells[job][day] = replace(cells[job].get(day, DayOfJob()), missing=count)
    return DayGrid(period.days, {job: cells.get(job, {}) for job in jobs}, sorted(due, reverse=True))


def _days(session: Session, jobs: Sequence[Job], period: DayRange) -> defaultdict[Job, dict[date, DayOfJob]]:
    cells: defaultdict[Job, dict[date, DayOfJob]] = defaultdict(dict)
    state = _RUNS.c.state
    day = period.day_of(session, _RUNS.c.start_at).label("day")
    counts = (
        func.count(),
        func.sum(case((state == "failed", 1), else_=0)),
        func.sum(case((state.in_(("queued", "running")), 1), else_=0)),
        func.sum(case((state == "succeeded", 1), else_=0)),
        func.max(case((state == "succeeded", _RUNS.c.run_seconds))),
    )
    inside = _RUNS.c.start_at >= period.start, _RUNS.c.start_at < period.now
    if session.get_bind().dialect.name == "postgresql":  # a sum for each job needs no sorting of all their runs
        listed = listed_jobs(sorted(jobs))
        same = (one == other for one, other in zip(_KEY, listed.columns, strict=True))
        named = (value.label(f"count{place}") for place, value in enumerate(counts))
        days = select(day, *named).where(*inside, *same).group_by(day).lateral("days")
        query = select(*listed.columns, *days.columns).select_from(listed.join(days, true()))
    else:
        query = select(*_KEY, day, *counts).where(*inside, tuple_(*_KEY).in_(sorted(jobs))).group_by(*_KEY, day)
    for service, project, name, on, runs, failed, unfinished, succeeded, longest in (
        session.execute(query) if jobs else ()
    ):
        cell = DayOfJob(int(runs), int(failed), int(unfinished), int(succeeded), longest)
        cells[service, project, name][date.fromisoformat(str(on))] = cell
    for of_job in cells.values():
        _mark_slow(of_job)
    return cells


def _mark_slow(of_job: dict[date, DayOfJob]) -> None:
    """Marks the days whose longest run was slow compared with the longest runs of all days."""
    limit = slow_limit([cell.longest for cell in of_job.values() if cell.longest is not None])
    for day, cell in of_job.items():
        if limit is not None and (cell.longest or 0) > limit:
            of_job[day] = replace(cell, is_slow=True)


def _missing_by_day(due: Iterable[tuple[datetime, Job]], local: Localize) -> dict[Job, Counter[date]]:
    by_job: defaultdict[Job, Counter[date]] = defaultdict(Counter)
    for moment, job in due:
        by_job[job][local(moment).date()] += 1
    return by_job
