"""Converts DAG runs and task instances of the REST API or the metadata database to job runs.

The names are the same in all versions, except for the logical date (`execution_date` in Airflow 2) and the time when a
task was queued (`queued_when` in the API, `queued_dttm` in the table). States: airflow.apache.org, TaskInstanceState
and DagRunState.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.calendar.timestamps import time_of
from shared.history import INTERVAL_LABEL, JobRunRow
from shared.model import JobState

SERVICE = "airflow"
NOT_MAPPED = -1
STATES = {
    "success": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "running": JobState.RUNNING,
    "restarting": JobState.RUNNING,
    "skipped": JobState.SKIPPED,
    "upstream_failed": JobState.SKIPPED,  # the task never ran; the task that failed has a row of its own
    "removed": JobState.CANCELLED,
}


def dag_run_row(airflow: str, run: Mapping[str, Any]) -> JobRunRow:
    """The row of a DAG run; the job is the DAG."""
    dag, run_id = str(run["dag_id"]), str(run.get("dag_run_id") or run["run_id"])
    created = run.get("queued_at") or run.get("run_after") or run.get("logical_date") or run.get("execution_date")
    state = STATES.get(str(run.get("state")), JobState.QUEUED)
    return JobRunRow(
        service=SERVICE,
        project=airflow,
        run_id=f"{dag}/{run_id}",
        job_name=dag,
        state=state,
        created_at=_time(created),
        start_at=_time(run.get("start_date")),
        end_at=_time(run.get("end_date")),
        error="a task failed" if state is JobState.FAILED else "",
        principal=str(run.get("triggering_user_name") or ""),
        statement_type=str(run.get("run_type") or "").upper(),
        labels=_interval(run),
    )


def task_row(airflow: str, task: Mapping[str, Any]) -> JobRunRow:
    """The row of a task instance; its job is the task, its parent the DAG run. `attempt` is the try number."""
    dag, run_id = str(task["dag_id"]), str(task.get("dag_run_id") or task["run_id"])
    name, index = str(task["task_id"]), task.get("map_index")
    mapped = f"[{index}]" if index not in (None, NOT_MAPPED) else ""
    state = STATES.get(str(task.get("state")), JobState.QUEUED)
    return JobRunRow(
        service=SERVICE,
        project=airflow,
        run_id=f"{dag}/{run_id}/{name}{mapped}",
        job_name=f"{dag}.{name}",
        state=state,
        parent=f"{dag}/{run_id}",
        created_at=_time(task.get("queued_when") or task.get("queued_dttm")),
        start_at=_time(task.get("start_date")),
        end_at=_time(task.get("end_date")),
        attempt=max(1, int(task.get("try_number") or 1)),
        error=f"failed after {max(1, int(task.get('try_number') or 1))} tries" if state is JobState.FAILED else "",
        statement_type=str(task.get("operator") or ""),
    )


def _interval(run: Mapping[str, Any]) -> dict[str, str]:
    """The length of the data interval of a scheduled run, which is the interval of its DAG; empty if unknown."""
    start, end = _time(run.get("data_interval_start")), _time(run.get("data_interval_end"))
    if str(run.get("run_type")) != "scheduled" or start is None or end is None or end <= start:
        return {}
    return {INTERVAL_LABEL: str(int((end - start).total_seconds()))}


def _time(value: Any) -> datetime | None:
    """A time; databases without time zones store UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return time_of(value)
