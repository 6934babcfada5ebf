"""Dataflow: all jobs.

Jobs: docs.cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs/aggregated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.rest import pages, unread
from shared.calendar.timestamps import time_of
from shared.history import JobRunRow
from shared.identity.query_key import stable_name
from shared.identity.regional_jobs import regional_name
from shared.model import JobState

STATES = {
    "JOB_STATE_RUNNING": JobState.RUNNING,
    "JOB_STATE_DRAINING": JobState.RUNNING,
    "JOB_STATE_CANCELLING": JobState.RUNNING,
    "JOB_STATE_DONE": JobState.SUCCEEDED,
    "JOB_STATE_DRAINED": JobState.SUCCEEDED,
    "JOB_STATE_UPDATED": JobState.SUCCEEDED,
    "JOB_STATE_FAILED": JobState.FAILED,
    "JOB_STATE_CANCELLED": JobState.CANCELLED,
}
# The launcher of a template appends a time or a random part to the user's name.
_SUFFIX = re.compile(r"(?:-\d{4,}|-\*)+$")


def _jobs(context: SnapshotContext) -> Iterator[Batch]:
    """All jobs that Dataflow still lists and whose state changed since the window began.

    If a region does not respond, the response names it and contains the jobs of the others: raises TransientError
    after all rows. There is no checkpoint, because the missing jobs would be on pages already read.
    """
    project = context.scope.removeprefix("projects/")
    url = f"{context.clients.dataflow_url}/v1b3/projects/{project}/jobs:aggregated"
    silent: set[str] = set()
    for page, _ in pages(context, url, {"filter": "ALL", "pageSize": "500"}):
        silent |= {str(each.get("name")) for each in page.get("failedLocation", ())}
        yield Batch([_row(project, job) for job in page.get("jobs", ()) if job.get("id") and _is_new(context, job)])
    if silent:
        raise unread("jobs", silent)


def _is_new(context: SnapshotContext, job: Mapping[str, Any]) -> bool:
    changed = time_of(job.get("currentStateTime")) or time_of(job.get("createTime"))
    return changed is None or changed >= context.window_start


def _row(project: str, job: Mapping[str, Any]) -> JobRunRow:
    state = STATES.get(job.get("currentState", ""), JobState.QUEUED)
    over = state not in (JobState.QUEUED, JobState.RUNNING)
    name = _SUFFIX.sub("", stable_name(str(job.get("name", job["id"]))))
    location = str(job.get("location", ""))
    return JobRunRow(
        service="dataflow",
        project=project,
        run_id=str(job["id"]),
        job_name=regional_name("dataflow", location, name),
        state=state,
        created_at=time_of(job.get("createTime")),
        start_at=time_of(job.get("startTime")) or time_of(job.get("createTime")),
        end_at=time_of(job.get("currentStateTime")) if over else None,
        # The list has no reason; the job's log has it.
        error="failed: see the job's messages" if state is JobState.FAILED else "",
        labels=job.get("labels", {}),
        statement_type=str(job.get("type", "")).removeprefix("JOB_TYPE_"),
        destination=location,
    )


COLLECTORS = (
    Collector(
        name="dataflow.jobs",
        doc="Every job: start, end and final state.",
        every=timedelta(hours=1),
        permissions=("dataflow.jobs.list",),
        scopes=projects,
        collect=_jobs,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=30),
    ),
)
