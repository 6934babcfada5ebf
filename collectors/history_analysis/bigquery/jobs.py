"""Reads INFORMATION_SCHEMA.JOBS: always bounded by the partitioning column, and only the stored columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.bigquery import locations, query
from collectors.history_analysis.bigquery.job_name import job_name
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.calendar.timestamps import time_of
from shared.history import JobRunRow
from shared.http import one_line
from shared.identity.query_key import query_key
from shared.logs import log
from shared.model import JobState

SERVICE = "bigquery"
# A multi-statement query may run for 24 hours, tuning a model for 72 (cloud.google.com/bigquery/quotas).
LONGEST_RUN = timedelta(hours=72)
STATEMENT = """\
SELECT job_id, parent_job_id, user_email, job_type, statement_type, state, creation_time, start_time, end_time,
  total_slot_ms, total_bytes_billed, cache_hit, query, error_result, labels, referenced_tables, destination_table,
  reservation_id, edition
FROM {view}
WHERE creation_time >= @since AND creation_time < @until
ORDER BY creation_time, job_id"""


@dataclass(frozen=True, slots=True)
class JobReader:
    """Reads the jobs of one project that were created in the window, or earlier if they had not ended."""

    context: SnapshotContext

    def read(self) -> Iterator[Batch]:
        """The jobs of each location in the order of creation, continuing after the checkpoint."""
        checkpoint = self.context.checkpoint or {}
        start = self._start()
        if "location" in checkpoint and "locations" in checkpoint:
            names = checkpoint["locations"]
        else:
            names = yield from locations.of_jobs(self.context, start)
        for location in names:
            if location < checkpoint.get("location", ""):
                continue
            reached = time_of(checkpoint.get("since")) if location == checkpoint.get("location") else None
            yield from self._read(names, location, max(start, reached) if reached else start)

    def _start(self) -> datetime:
        """The start of the read: the creation of the oldest job that was still running in the last snapshot."""
        begin = self.context.window_start
        created = [time for _, time in self.context.known.unfinished_runs(SERVICE, self._project) if time is not None]
        return min([begin, *(time for time in created if time >= begin - LONGEST_RUN)])

    @property
    def _project(self) -> str:
        return self.context.scope.removeprefix("projects/")

    def _read(self, locations: Sequence[str], location: str, since: datetime) -> Iterator[Batch]:
        statement = STATEMENT.format(view=query.view(self._project, location, "JOBS"))
        bounds = {"since": since, "until": self.context.window_end}
        for page in query.run(self.context, location, statement, bounds):
            complete = [row for row in page if row["job_id"] and row["creation_time"]]
            if len(complete) < len(page):
                log(
                    "WARNING", "BigQuery jobs without id or time", project=self._project, rows=len(page) - len(complete)
                )
            reached = max((row["creation_time"] for row in complete), default=since)
            rows = [job_row(self._project, row) for row in complete]
            checkpoint = {"locations": locations, "location": location, "since": reached.isoformat()}
            yield Batch(rows, checkpoint=checkpoint)


def job_row(project: str, row: Mapping[str, Any]) -> JobRunRow:
    """Converts a row of JOBS to a job run.

    A script has no cost of its own, because its statements have rows of their own.
    """
    is_script = row["statement_type"] == "SCRIPT"
    labels = {str(each["key"]): str(each["value"] or "") for each in row["labels"] or () if each["key"]}
    statement = row["statement_type"] or row["job_type"] or ""
    destination = _table(row["destination_table"])
    query, principal = row["query"] or "", row["user_email"] or ""
    key = query_key(query)
    reservation = _reservation(row["reservation_id"])
    return JobRunRow(
        service=SERVICE,
        project=project,
        run_id=row["job_id"],
        job_name=job_name(
            labels, destination=destination, principal=principal, statement=statement, query=query, query_key=key
        ),
        state=_state(row),
        parent=row["parent_job_id"] or "",
        created_at=row["creation_time"],
        start_at=row["start_time"],
        end_at=row["end_time"],
        error=_error(row["error_result"]),
        principal=principal,
        labels=labels,
        slot_ms=0 if is_script else row["total_slot_ms"] or 0,
        bytes_billed=0 if is_script else row["total_bytes_billed"] or 0,
        cache_hit=row["cache_hit"],
        statement_type=statement,
        query_key=key,
        destination="" if "._" in destination else destination,
        sources=sorted({_table(each) for each in row["referenced_tables"] or ()}),
        reservation_id=reservation,
        edition=row["edition"] if reservation else None,
    )


def _reservation(name: str | None) -> str | None:
    """The reservation as PROJECT:LOCATION.NAME. Another name (default-pipeline) means free slots and is left out."""
    return name if name and ":" in name else None


def _state(row: Mapping[str, Any]) -> JobState:
    if row["state"] != "DONE":
        return JobState.RUNNING if row["state"] == "RUNNING" else JobState.QUEUED
    error = row["error_result"]
    if not error or not (error.get("reason") or error.get("message")):
        return JobState.SUCCEEDED
    return JobState.CANCELLED if error.get("reason") == "stopped" else JobState.FAILED


def _error(error: Mapping[str, Any] | None) -> str:
    words = [error.get("reason"), error.get("message")] if error else []
    return one_line(": ".join(str(word) for word in words if word))


def _table(table: Mapping[str, Any] | None) -> str:
    if not table or not table.get("table_id"):
        return ""
    return f"{table['project_id']}.{table['dataset_id']}.{table['table_id']}"
