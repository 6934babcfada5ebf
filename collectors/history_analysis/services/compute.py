"""Compute Engine: all operations on machines, disks and networks.

Operations: docs.cloud.google.com/compute/docs/reference/rest/v1/globalOperations/aggregatedList.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.rest import pages, unread
from shared.calendar.timestamps import time_of
from shared.history import JobRunRow
from shared.http import one_line
from shared.model import JobState

NEVER = datetime.min.replace(tzinfo=UTC)
STATES = {"PENDING": JobState.QUEUED, "RUNNING": JobState.RUNNING}


def _operations(context: SnapshotContext) -> Iterator[Batch]:
    """All operations that Compute Engine still stores and that changed since the window began.

    Operations are stored for 14 days. The filter of the API compares local times as texts, so they are selected here.
    If zones do not respond, the response names them and contains the operations of the others: raises TransientError
    after all rows.
    """
    project = context.scope.removeprefix("projects/")
    url = f"{context.clients.compute_url}/compute/v1/projects/{project}/aggregated/operations"
    params = {"maxResults": "500", "returnPartialSuccess": "true"}
    unfinished = {run_id for run_id, _ in context.known.unfinished_runs("compute", project)}
    silent: set[str] = set()
    for page, _ in pages(context, url, params, quota="compute.read"):
        silent |= _silent(page)
        listed = (each for scope in page.get("items", {}).values() for each in scope.get("operations", ()))
        rows = [row for each in listed if each.get("id") and (row := _row(project, each))]
        yield Batch([row for row in rows if row.run_id in unfinished or _changed(row) >= context.window_start])
    if silent:
        raise unread("operations", silent)


def _silent(page: Mapping[str, Any]) -> set[str]:
    """The zones and regions that did not respond, for the whole list and for each item."""
    items = page.get("items", {}).items()
    warned = {name for name, scope in items if scope.get("warning", {}).get("code") == "UNREACHABLE"}
    return warned | {str(name) for name in page.get("unreachables", ())}


def _row(project: str, operation: Mapping[str, Any]) -> JobRunRow:
    target = str(operation.get("targetLink", "")).partition("/projects/")[2].partition("/")[2]
    collection = target.split("/")[-2] if target.count("/") else "project"
    kind = str(operation.get("operationType", ""))  # an operation of Google itself: compute.instances.hostError
    errors = operation.get("error", {}).get("errors", ())
    state = STATES.get(operation.get("status", ""), JobState.FAILED if errors else JobState.SUCCEEDED)
    return JobRunRow(
        service="compute",
        project=project,
        run_id=str(operation["id"]),
        job_name=f"{collection}.{kind.rpartition('.')[2]}",
        state=state,
        created_at=time_of(operation.get("insertTime")),
        start_at=time_of(operation.get("startTime")),
        end_at=time_of(operation.get("endTime")),
        error=one_line("; ".join(f"{each.get('code', '')}: {each.get('message', '')}" for each in errors)),
        principal=operation.get("user", ""),
        statement_type=kind,
        destination=target,
    )


def _changed(row: JobRunRow) -> datetime:
    times = row.created_at, row.start_at, row.end_at
    return max((time for time in times if time), default=NEVER)


COLLECTORS = (
    Collector(
        name="compute.operations",
        doc="Every operation on machines, disks and networks: the caller, the duration, and the error.",
        every=timedelta(hours=1),
        permissions=(
            "compute.globalOperations.list",
            "compute.regionOperations.list",
            "compute.zoneOperations.list",
        ),
        scopes=projects,
        collect=_operations,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=14),
    ),
)
