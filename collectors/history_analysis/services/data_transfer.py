"""BigQuery Data Transfer Service: the schedules of all scheduled queries and transfers.

Configurations: docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs/list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.bigquery.locations import of_datasets
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.rest import pages
from collectors.history_analysis.schedules.locations import read_all
from shared.calendar.app_engine_schedule import english_interval
from shared.calendar.timestamps import time_of
from shared.history import ScheduleRow

SERVICE = "bigquery"  # that of the jobs that a scheduled query starts
_OTHER_CLOUDS = ("aws-", "azure-")  # locations of BigQuery Omni, where the service does not run
_NOT_BY_TIME = ("manualSchedule", "eventDrivenSchedule")


def _schedules(context: SnapshotContext) -> Iterator[Batch]:
    """The configurations in every location of the project's datasets; none if the project does not use the service."""

    def locations() -> list[str]:
        named = sorted({location.lower() for location in of_datasets(context, hidden=True)})
        return [location for location in named if not location.startswith(_OTHER_CLOUDS)]

    def of_location(location: str) -> Iterator[ScheduleRow]:
        url = f"{context.clients.transfer_url}/v1/{context.scope}/locations/{location}/transferConfigs"
        for page, _ in pages(context, url, {"pageSize": "1000"}):
            yield from (_row(context, location, one) for one in page.get("transferConfigs", ()) if one.get("name"))

    return read_all(context, SERVICE, locations, of_location)


def _row(context: SnapshotContext, location: str, config: Mapping[str, Any]) -> ScheduleRow:
    schedule, end = _schedule(config)
    interval = english_interval(schedule)
    ended = end is not None and end <= context.now
    return ScheduleRow(
        service=SERVICE,
        project=context.scope.removeprefix("projects/"),
        location=location,
        job_name=f"scheduled_query:{str(config['name']).rpartition('/')[2]}",
        seen_at=context.now,
        title=str(config.get("displayName") or ""),
        schedule=schedule,
        interval_seconds=int(interval.total_seconds()) if interval else None,
        next_run_at=time_of(config.get("nextRunTime")),
        state="paused" if config.get("disabled") or ended else "enabled",
    )


def _schedule(config: Mapping[str, Any]) -> tuple[str, datetime | None]:
    """The text of the schedule and its end; the text is empty for runs that a person or an event starts."""
    options, newer = config.get("scheduleOptions") or {}, config.get("scheduleOptionsV2") or {}
    if options.get("disableAutoScheduling") or any(name in newer for name in _NOT_BY_TIME):
        return "", None
    by_time = newer.get("timeBasedSchedule") or {}
    end = time_of(by_time.get("endTime") or options.get("endTime"))
    return str(by_time.get("schedule") or config.get("schedule") or ""), end


COLLECTORS = (
    Collector(
        name="data_transfer.schedules",
        doc="The schedule of every scheduled query and transfer, with its interval and state.",
        every=timedelta(hours=1),
        permissions=("bigquery.transfers.get", "bigquery.datasets.get"),
        scopes=projects,
        collect=_schedules,
    ),
)
