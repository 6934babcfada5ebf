"""Reads the runs of Cloud Scheduler jobs from their log: docs.cloud.google.com/scheduler/docs/viewing-logs.

Each attempt has an entry when it starts, with the time for which it was scheduled, and one when it ends. The attempts
of one scheduled time are one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.log_entries import pages, times
from shared.calendar.timestamps import time_of
from shared.history import JobRunRow
from shared.identity.regional_jobs import regional_name
from shared.model import JobState

SERVICE = "scheduler"
_LOG = "cloudscheduler.googleapis.com/executions"
_OWN = "hinomi-"  # the jobs of this installation: the sweep runs each minute, and an alert policy watches over it
_SHOWN = 300  # characters of an error


def read_runs(context: SnapshotContext) -> Iterator[Batch]:
    """Yields a batch for each page of the log, with the time until which it was read."""
    runs = _Runs(context)
    start = datetime.fromisoformat(context.checkpoint["from"]) if context.checkpoint else context.window_start
    for page in pages(context, [context.scope], f'log_id("{_LOG}") AND {times(start, context.window_end)}'):
        rows = {row.run_id: row for entry in page.entries if (row := runs.take(entry)) is not None}
        if page.entries:
            yield Batch([*rows.values()], {"from": _time(page.entries[-1]).isoformat()})


class _Runs:
    """Collects runs while entries are taken in order; an attempt may have begun in an earlier window."""

    def __init__(self, context: SnapshotContext) -> None:
        self._project = context.scope.removeprefix("projects/")
        self._latest: dict[str, JobRunRow] = {}
        for run_id, scheduled in context.known.unfinished_runs(SERVICE, self._project):
            name = run_id.rpartition("/")[0]
            self._latest[name] = self._run(name, run_id, scheduled, scheduled)

    def take(self, entry: Any) -> JobRunRow | None:
        """The run that an entry of the log is about, as it is now; None for another entry, and for Hinomi's own jobs."""
        from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

        labels, payload = entry.resource.labels, MessageToDict(entry.json_payload)
        location, job = labels.get("location", ""), labels.get("job_id", "")
        if not location or not job or job.startswith(_OWN):
            return None
        name, kind = regional_name("scheduler", location, job), str(payload.get("@type", "")).rpartition(".")[2]
        found = self._started(name, _time(entry), payload) if kind == "AttemptStarted" else None
        if kind == "AttemptFinished" and name in self._latest:
            found = _ended(self._latest[name], _time(entry), payload)
        if found is not None:
            self._latest[name] = found
        return found

    def _started(self, name: str, time: datetime, payload: Mapping[str, Any]) -> JobRunRow:
        scheduled = time_of(payload.get("scheduledTime")) or time
        new = self._run(name, f"{name}/{scheduled.isoformat()}", scheduled, time)
        known = self._latest.get(name)
        if known is None or known.run_id != new.run_id:
            return new
        return replace(new, start_at=known.start_at, attempt=known.attempt + (known.end_at is not None))

    def _run(self, name: str, run_id: str, scheduled: datetime | None, start: datetime | None) -> JobRunRow:
        return JobRunRow(
            service=SERVICE,
            project=self._project,
            run_id=run_id,
            job_name=name,
            state=JobState.RUNNING,
            created_at=scheduled,
            start_at=start,
        )


def _ended(run: JobRunRow, time: datetime, payload: Mapping[str, Any]) -> JobRunRow:
    """The run after an attempt, which has a status only if it failed."""
    status = str(payload.get("status") or "OK")
    if status == "OK":
        return replace(run, state=JobState.SUCCEEDED, end_at=time, error="")
    error = f"{status}: {payload.get('debugInfo', '')}".strip(": ")[:_SHOWN]
    return replace(run, state=JobState.FAILED, end_at=time, error=error)


def _time(entry: Any) -> datetime:
    time: datetime = entry.timestamp.ToDatetime(tzinfo=UTC)
    return time
