"""The status of some jobs: the state of each, what is usual for it, and when its next run starts and ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.intervals import usual_interval
from insights.jobs.cadence import LEAST_RUNS
from insights.jobs.deadlines.stored import next_deadlines
from insights.jobs.figures import ShownRun, latest_runs
from insights.jobs.incidents import by_job
from insights.jobs.overview import NEARLY_A_DAY, OF_NO_RUN
from insights.jobs.starts import Job
from insights.jobs.trends import LEAST_PAST
from insights.jobs.usual import Localize, usual_minute, usual_seconds
from shared.history import DeadlineState, JobDeadlineRow
from shared.model import JobHealth
from shared.records import IncidentView

MOST_DEADLINES = 500
LATEST = timedelta(hours=12)  # after its usual start, nobody waits for a run any more
STOPPED_AFTER = 3  # usual intervals without a start


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
    def is_running(self) -> bool:
        """Whether its latest run is running."""
        return self.last is not None and self.last.end_at is None and self.last.state == "running"


def job_statuses(
    session: Session, jobs: Collection[Job], now: datetime, local: Localize, unresolved: Collection[IncidentView] = ()
) -> dict[Job, JobStatus]:
    """The status of each job at `now`, with its unresolved incidents."""
    runs = latest_runs(session, jobs, now)
    deadlines = {
        (each.service, each.project, each.job_name): each for each in next_deadlines(session, now, limit=MOST_DEADLINES)
    }
    incidents = by_job(unresolved, jobs)
    return {
        job: _status(job, runs.get(job, []), deadlines.get(job), incidents.get(job, []), _Clock(now, local))
        for job in jobs
    }


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
    health = _health(runs, deadline, incidents, (interval, clock.now))
    start, end = _next(runs, deadline, (usual, minute, interval), clock)
    return JobStatus(job, health, runs, usual, minute, interval, start, end, deadline, incidents)


def _health(
    runs: Sequence[ShownRun],
    deadline: JobDeadlineRow | None,
    incidents: Sequence[IncidentView],
    rhythm: tuple[timedelta | None, datetime],
) -> JobHealth:
    interval, now = rhythm
    last = runs[-1] if runs else None
    if last and last.end_at is None and last.state == "running":
        return JobHealth.SLOW if deadline and deadline.state is DeadlineState.LATE else JobHealth.RUNNING
    ended = next((run.state for run in reversed(runs) if run.state in {"failed", "succeeded"}), "")
    if ended == "failed" or any(each.rule not in OF_NO_RUN for each in incidents):
        return JobHealth.FAILING
    if deadline and deadline.state is DeadlineState.LATE:
        return JobHealth.MISSING
    if last is None or (interval and now - last.start_at > max(STOPPED_AFTER * interval, timedelta(days=7))):
        return JobHealth.STOPPED
    return JobHealth.WELL if len(runs) >= LEAST_PAST else JobHealth.LEARNING


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
