"""The declared schedule of a job, compared with its runs."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.intervals import longest_usual_interval
from db.schema_db.models import JobRun, JobSchedule
from insights.jobs.declared.times import another_time
from insights.jobs.starts import Job
from shared.history import INTERVAL_LABEL
from shared.identity.regional_jobs import regional_name
from shared.lazy.dataclass import dataclass

PAST = timedelta(days=105)  # three runs of a monthly job
MOST_RUNS = 200
RECENT = 30  # latest runs that show the usual time of day
SAME = 1.5  # intervals that differ by less are the same


@dataclass(frozen=True, slots=True)
class ScheduleComparison:
    """The declared schedule of a job, and the longest usual interval of its runs.

    `schedule` is the declared text; it is empty if the scheduler only reports the interval. Both intervals are None if
    unknown. `times` are the declared and the usual time of day in the zone of the schedule, if they differ.
    """

    job: Job
    schedule: str
    time_zone: str
    declared: timedelta | None
    learned: timedelta | None
    times: tuple[time, time] | None = None

    @property
    def differs(self) -> bool:
        """Whether the interval of the runs differs from the declared one."""
        if not self.declared or not self.learned:
            return False
        ratio = self.learned / self.declared
        return not 1 / SAME < ratio < SAME


def compared_schedules(session: Session, name: str, now: datetime, job: Job | None = None) -> list[ScheduleComparison]:
    """The declared schedules of all jobs with this name, or of a single job; without jobs whose scheduler declares nothing."""
    runs = select(JobRun.service, JobRun.project, JobRun.start_at, JobRun.labels)
    runs = runs.where(
        JobRun.job_name == name, JobRun.parent == "", JobRun.start_at >= now - PAST, JobRun.start_at < now
    )
    if job is not None:
        runs = runs.where(JobRun.service == job[0], JobRun.project == job[1])
    starts: dict[Job, list[datetime]] = {}
    labelled: dict[Job, int] = {}
    for service, project, start, labels in session.execute(runs.order_by(JobRun.start_at.desc()).limit(MOST_RUNS)):
        key = (service, project, name)
        starts.setdefault(key, []).append(start)
        if seconds := (labels or {}).get(INTERVAL_LABEL):
            labelled.setdefault(key, int(seconds))
    declared = _declared(session, name)
    found = []
    for key, times in starts.items():
        schedule = declared.get(key)
        seconds = (schedule.interval_seconds if schedule else None) or labelled.get(key)
        if seconds is None and (schedule is None or not schedule.schedule):
            continue
        found.append(
            ScheduleComparison(
                key,
                schedule.schedule if schedule else "",
                schedule.time_zone if schedule else "",
                timedelta(seconds=seconds) if seconds else None,
                longest_usual_interval(times),
                another_time(schedule.schedule, schedule.time_zone, times[:RECENT]) if schedule else None,
            )
        )
    return found


def _declared(session: Session, name: str) -> dict[Job, JobSchedule]:
    """The enabled schedules of the jobs of this name, by their job in the history of runs."""
    query = select(JobSchedule).where(JobSchedule.job_name == name.rpartition("/")[2], JobSchedule.state == "enabled")
    rows = session.scalars(query)
    named = {(row.service, row.project, regional_name(row.service, row.location, row.job_name)): row for row in rows}
    return {job: row for job, row in named.items() if job[2] == name}
