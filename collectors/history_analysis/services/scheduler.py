"""Cloud Scheduler: the schedules and the runs of all jobs.

Jobs: docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations/list, ….locations.jobs/list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.rest import pages
from collectors.history_analysis.schedules.executions import SERVICE, read_runs
from collectors.history_analysis.schedules.locations import read_all
from shared.calendar.app_engine_schedule import english_interval
from shared.calendar.cron import cron_interval
from shared.calendar.timestamps import time_of
from shared.history import ScheduleRow


def _schedules(context: SnapshotContext) -> Iterator[Batch]:
    """The jobs of every location of Cloud Scheduler; none if the project does not use it."""
    base = f"{context.clients.scheduler_url}/v1/{context.scope}"

    def locations() -> list[str]:
        listed = pages(context, f"{base}/locations", {"pageSize": "500"})
        return [str(each.get("locationId", "")) for page, _ in listed for each in page.get("locations", ())]

    def of_location(location: str) -> Iterator[ScheduleRow]:
        for page, _ in pages(context, f"{base}/locations/{location}/jobs", {"pageSize": "500"}):
            yield from (_row(context, location, job) for job in page.get("jobs", ()) if job.get("name"))

    return read_all(context, SERVICE, lambda: filter(None, locations()), of_location)


def _row(context: SnapshotContext, location: str, job: Mapping[str, Any]) -> ScheduleRow:
    schedule = str(job.get("schedule") or "")
    interval = cron_interval(schedule) or english_interval(schedule)
    return ScheduleRow(
        service=SERVICE,
        project=context.scope.removeprefix("projects/"),
        location=location,
        job_name=str(job["name"]).rpartition("/")[2],
        seen_at=context.now,
        title=str(job.get("description") or ""),
        schedule=schedule,
        time_zone=str(job.get("timeZone") or "UTC"),
        interval_seconds=int(interval.total_seconds()) if interval else None,
        next_run_at=time_of(job.get("scheduleTime")),
        state="enabled" if job.get("state", "ENABLED") == "ENABLED" else "paused",
    )


COLLECTORS = (
    Collector(
        name="scheduler.schedules",
        doc="The schedule of every Cloud Scheduler job, with its interval and state.",
        every=timedelta(hours=1),
        permissions=("cloudscheduler.jobs.list", "cloudscheduler.locations.list"),
        scopes=projects,
        collect=_schedules,
    ),
    Collector(
        name="scheduler.runs",
        doc="Every run of a Cloud Scheduler job: scheduled time, start, end, number of attempts, final state.",
        every=timedelta(hours=1),
        permissions=("logging.logEntries.list",),
        scopes=projects,
        collect=read_runs,
        overlap=timedelta(minutes=30),  # the longest attempt of an HTTP target
    ),
)
