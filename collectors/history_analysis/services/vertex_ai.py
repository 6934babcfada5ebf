"""Vertex AI: all custom jobs and pipeline jobs.

Jobs: docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs/list, ….pipelineJobs/list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from collectors.history_analysis.rest import pages
from shared.calendar.timestamps import time_of
from shared.config import Settings
from shared.history import JobRunRow
from shared.http import one_line
from shared.identity.query_key import stable_name
from shared.identity.regional_jobs import regional_name
from shared.model import JobState

STATES = {
    "QUEUED": JobState.QUEUED,
    "PENDING": JobState.QUEUED,
    "RUNNING": JobState.RUNNING,
    "CANCELLING": JobState.RUNNING,
    "SUCCEEDED": JobState.SUCCEEDED,
    "PARTIALLY_SUCCEEDED": JobState.FAILED,
    "FAILED": JobState.FAILED,
    "EXPIRED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
# A job may run for a week (docs.cloud.google.com/vertex-ai/quotas), and is read again until it has ended.
LONGEST_RUN = timedelta(days=7)
LISTS = (("customJobs", "job"), ("pipelineJobs", "pipeline"))


def _locations(settings: Settings) -> list[str]:
    return [
        f"projects/{project}/locations/{location}"
        for project in settings.projects
        for location in settings.vertex_locations
    ]


def _jobs(context: SnapshotContext) -> Iterator[Batch]:
    """Custom jobs and pipeline jobs that were created in the window, or earlier but had not ended."""
    _, project, _, location = context.scope.split("/")
    checkpoint = context.checkpoint or {}
    unfinished = [time for _, time in context.known.unfinished_runs("vertex_ai", project) if time is not None]
    unfinished = [time for time in unfinished if time >= context.window_start - LONGEST_RUN]
    since = min([context.window_start, *unfinished]).astimezone(UTC)
    params = {"filter": f'create_time>="{since:%Y-%m-%dT%H:%M:%SZ}"', "pageSize": "100"}
    base = f"{context.clients.aiplatform_url(location)}/v1/{context.scope}"
    for kind, prefix in LISTS:
        if kind < checkpoint.get("list", ""):
            continue
        token = checkpoint.get("page", "") if kind == checkpoint.get("list") else ""
        for page, following in pages(context, f"{base}/{kind}", params, token=token):
            rows = [_row(project, location, prefix, job) for job in page.get(kind, ()) if job.get("name")]
            yield Batch(rows, checkpoint={"list": kind, "page": following} if following else None)


def _row(project: str, location: str, prefix: str, job: Mapping[str, Any]) -> JobRunRow:
    spec = job.get("jobSpec") or job
    state = STATES.get(str(job.get("state", "")).rpartition("_STATE_")[2], JobState.QUEUED)
    name = job.get("pipelineSpec", {}).get("pipelineInfo", {}).get("name") or job.get("displayName") or job["name"]
    return JobRunRow(
        service="vertex_ai",
        project=project,
        run_id=str(job["name"]).partition("/locations/")[2] or str(job["name"]),
        job_name=regional_name("vertex_ai", location, f"{prefix}:{stable_name(str(name)).rstrip('-_*')}"),
        state=state,
        created_at=time_of(job.get("createTime")),
        start_at=time_of(job.get("startTime")),
        end_at=time_of(job.get("endTime")),
        error=one_line(job.get("error", {}).get("message")),
        principal=str(spec.get("serviceAccount", "")),
        labels=job.get("labels", {}),
        statement_type="CUSTOM_JOB" if prefix == "job" else "PIPELINE",
    )


COLLECTORS = (
    Collector(
        name="vertex_ai.jobs",
        doc="Every custom job and pipeline: run time and error.",
        every=timedelta(hours=1),
        permissions=("aiplatform.customJobs.list", "aiplatform.pipelineJobs.list"),
        scopes=_locations,
        collect=_jobs,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=42),
    ),
)
