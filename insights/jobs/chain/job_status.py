"""The status of some jobs: the state of each, what is usual for it, and when its next run starts and ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.intervals import usual_interval
from insights.cost.spending import Prices
from insights.jobs.cadence import LEAST_RUNS
from insights.jobs.deadlines.stored import next_deadlines
from insights.jobs.figures import ShownRun, latest_runs
from insights.jobs.overview import NEARLY_A_DAY
from insights.jobs.starts import Job
from insights.jobs.states.health import JobHealths, KnownJobs
from insights.jobs.usual import Localize, usual_minute, usual_seconds
from shared.history import DeadlineState, JobDeadlineRow
from shared.lazy.dataclass import dataclass
from shared.model import JobHealth
from shared.records import IncidentView

MOST_DEADLINES = 500
LATEST = timedelta(hours=12)  # after its usual start, nobody waits for a run any more
NO_PRICES = Prices(0, 0)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job at this moment. `usual_minute` is the usual end of a job that runs at most once a day, in minutes after midnight.

    `next_start` is when the next run usually starts, or when the running one started; `next_end` when that run is expected
    to end. All are None while unknown.
    """

    job: Job
    health: JobHealth
    runs: Sequence[ShownRun] = ()
    usual: float | None = None
    usual_minute: int | None = None
    interval: timedelta | None = None
    next_start: datetime | None = None
    next_end: datetime | None = None
    deadline: JobDeadlineRow | None = None
    incidents: Sequence[IncidentView] = ()

    @property
    def last(self) -> ShownRun | None:
        """The latest run in the last five weeks."""
        return self.runs[-1] if self.runs else None

    @property
    def is_late(self) -> bool:
        """Whether the check of late jobs found that its next run is late, or will be."""
        return self.deadline is not None and self.deadline.state is DeadlineState.LATE

    @property
    def is_running(self) -> bool:
        """Whether the latest run of the job is running."""
        return self.last is not None and self.last.end_at is None and self.last.state == "running"


def job_statuses(
    session: Session, jobs: Collection[Job], now: datetime, local: Localize, unresolved: Collection[IncidentView] = ()
) -> dict[Job, JobStatus]:
    """The status of each job at `now`, with its unresolved incidents."""
    runs = latest_runs(session, jobs, now)
    known = KnownJobs(session, now, NO_PRICES, jobs, unresolved)
    healths = JobHealths(session, now, local, known.every).by_job
    deadlines = {
        (each.service, each.project, each.job_name): each for each in next_deadlines(session, now, limit=MOST_DEADLINES)
    }
    return {
        job: _status(
            job, healths.get(job, JobHealth.STOPPED), runs.get(job, []), deadlines.get(job),
            known.incidents.get(job, []), _Clock(now, local),
        )
        for job in jobs
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Clock:
    now: datetime
    local: Localize

    def next_start(self, last: ShownRun, minute: int, lasts: timedelta) -> datetime:
        """When a job that runs once a day and usually ends at `minute` starts next; now, if it should have started."""
        day = self.local(last.start_at).replace(hour=0, minute=0, second=0, microsecond=0)
        start = day + timedelta(minutes=minute) - lasts
        while start <= last.start_at + NEARLY_A_DAY / 2 or start < self.now - LATEST:
            start += timedelta(days=1)
        return max(start, self.now)


def _status(
    job: Job,
    health: JobHealth,
    runs: Sequence[ShownRun],
    deadline: JobDeadlineRow | None,
    incidents: Sequence[IncidentView],
    clock: _Clock,
) -> JobStatus:
    good = [run for run in runs if run.state == "succeeded" and run.end_at]
    usual = usual_seconds([run.seconds or 0.0 for run in good])
    measured = usual_interval(run.start_at for run in runs) if len(runs) >= LEAST_RUNS else None
    interval = timedelta(minutes=round(measured.total_seconds() / 60)) if measured else None
    is_daily = interval is not None and interval >= NEARLY_A_DAY
    minute = usual_minute([run.end_at for run in good if run.end_at], clock.local) if is_daily else None
    start, end = _next(runs, deadline, (usual, minute, interval), clock)
    return JobStatus(job, health, runs, usual, minute, interval, start, end, deadline, incidents)


def _next(
    runs: Sequence[ShownRun],
    deadline: JobDeadlineRow | None,
    usual: tuple[float | None, int | None, timedelta | None],
    clock: _Clock,
) -> tuple[datetime | None, datetime | None]:
    """The start and the end of the running or of the next run."""
    seconds, minute, interval = usual
    last = runs[-1] if runs else None
    lasts = timedelta(seconds=seconds) if seconds is not None else None
    if last and last.end_at is None and last.state == "running":
        expected = deadline.expected_end if deadline and deadline.is_running else None
        return last.start_at, expected or (max(last.start_at + lasts, clock.now) if lasts is not None else None)
    if deadline and deadline.due_at:
        start = max(deadline.due_at, clock.now) if deadline.state is DeadlineState.LATE else deadline.due_at
        return start, deadline.expected_end or deadline.usual_end or (start + lasts if lasts is not None else None)
    if last and minute is not None and lasts is not None:
        start = clock.next_start(last, minute, lasts)
        return start, start + lasts
    if last and interval and last.start_at + interval > clock.now - interval:
        start = max(last.start_at + interval, clock.now)
        return start, start + lasts if lasts is not None else None
    return None, None
