"""When the scheduler of a job says that it starts: a declared schedule is preferred to the learned times.

A schedule counts only if the next run that its scheduler states is one of its times: its text may be in a time zone
that the scheduler does not report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobSchedule
from insights.jobs.cadence import OFTEN, Cadence
from insights.jobs.due_run import DAY, HOUR, MINUTE, DueRun
from insights.jobs.starts import Job
from shared.calendar.app_engine_schedule import english_times
from shared.calendar.cron import cron_times
from shared.calendar.run_times import DAY_MINUTES, RunTimes
from shared.identity.regional_jobs import regional_name
from shared.lazy.dataclass import dataclass

EARLY = timedelta(minutes=30)  # a run of a declared time starts no earlier
WAITS = 12 * HOUR  # nor later: it waits for other jobs, or for a slot
DELAY = HOUR  # after which a run without a learned time is late
PRESETS = {
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 1,4,7,10 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class DeclaredStarts:
    """The times at which a scheduler starts a job, at least three hours apart, in the time zone of the schedule."""

    times: RunTimes
    zone: tzinfo

    def local(self, moment: datetime) -> datetime:
        """A time in the time zone of the schedule, in which the job is also learned: other zones change to summer time on other days."""
        return moment.astimezone(self.zone)

    def between(self, since: datetime, until: datetime) -> list[datetime]:
        """The declared starts in [since, until), earliest first."""
        return list(self.times.between(since, until, self.zone))


def declared_starts(session: Session) -> dict[Job, DeclaredStarts]:
    """The declared times of day of jobs with an enabled schedule; without schedules that repeat more often."""
    row = JobSchedule
    columns = row.service, row.project, row.location, row.job_name, row.schedule, row.time_zone, row.next_run_at
    query = select(*columns).where(row.state == "enabled", row.next_run_at.is_not(None), row.schedule != "")
    declared_jobs = {}
    for service, project, location, name, text, zone, next_run_at in session.execute(query):
        declared = _parsed(text, zone)
        if declared and next_run_at and declared.between(next_run_at - MINUTE, next_run_at + MINUTE):
            declared_jobs[service, project, regional_name(service, location, name)] = declared
    return declared_jobs


@lru_cache(maxsize=4_000)
def _parsed(text: str, zone: str) -> DeclaredStarts | None:
    words = text.strip().strip("'\"")
    words = PRESETS.get(words.lower(), words)
    times = cron_times(words) or english_times(words)
    if times is None or not times.minutes or _is_frequent(times.minutes):
        return None
    try:
        return DeclaredStarts(times, ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _is_frequent(minutes: Sequence[int]) -> bool:
    return any((after - before) * MINUTE < OFTEN for before, after in pairwise((*minutes, minutes[0] + DAY_MINUTES)))


def as_declared(learned: Cadence | None, declared: DeclaredStarts) -> Cadence | None:
    """The cadence of a job with a declared schedule: one run for each declared time, when it usually starts after that.

    A learned time without a declared time is no longer expected. A declared time without a learned time is expected only
    after the job has missed a learned time too, because it is unknown when the schedule was changed. A learned interval
    stays, because the job runs more often than its scheduler declares.
    """
    if learned is not None and learned.interval:
        return learned

    def due(last: datetime, until: datetime) -> Iterator[DueRun]:
        usual = learned.due_around(last - DAY, until + DAY) if learned else []
        missed = next(iter(learned.due_after(last, until + DAY)), None) if learned else None
        starts = declared.between(last - DAY, until + DAY)
        for at, start in enumerate(starts):
            end = min([start + WAITS, *(each - EARLY for each in starts[at + 1 : at + 2])])
            usual_run = next((each for each in usual if start - EARLY <= each.due_at < end), None)
            if usual_run:
                yield usual_run
            elif learned is None or (missed and missed.due_at <= start):
                yield DueRun(start, start + DELAY, is_declared=True)

    delays = [each.delay for each in learned.times] if learned else []
    return Cadence(
        declared.local, declared=due, delay=max(delays, default=DELAY), is_off=learned.is_off if learned else None
    )
