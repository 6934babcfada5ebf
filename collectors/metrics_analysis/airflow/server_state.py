"""Reads the state of an Airflow over its REST API, version 3 (/api/v2) or 2 (/api/v1).

Formats: airflow.apache.org, "Airflow public API reference" (3) and "Airflow REST API" (2, stable): health, importErrors,
dags, dagRuns, taskInstances, eventLogs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shared.calendar.timestamps import time_of
from shared.errors import HinomiError
from shared.http import error_message, is_success, is_transient, is_transient_error

if TYPE_CHECKING:
    from shared.connections.airflow import AirflowServer

PAGE, MOST_PAGES = 100, 20
TRIES, PAUSE_SECONDS, TIMEOUT_SECONDS = 2, 3, 20
NOT_FOUND = 404
HEARTBEAT_LOST = "heartbeat timeout"  # the event that the scheduler logs for a task whose process is gone
RECENT, BEFORE = timedelta(hours=3), timedelta(days=7)
PAST, PAST_PAGES = timedelta(days=14), 3  # from which is learned how long tasks wait and run
EVERY_DAG = "~"
FAILED_PAGES, MOST_DAGS = 3, 5  # of the latest failures, so that a bad hour costs few requests

Item = Mapping[str, Any]


class UnreachableError(HinomiError):
    """An Airflow that does not respond, or that rejects Hinomi; `code` is the HTTP status, or 0 without a response."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(f"HTTP {code}: {message}" if code else message)


@dataclass(frozen=True, slots=True)
class PausedDag:
    """A paused DAG whose next run is overdue, with the start of its last scheduled run."""

    dag: str
    next_run: datetime
    last_run: datetime


@dataclass(frozen=True, slots=True)
class UnfinishedTask:
    """A task that waits or runs, with the time since when."""

    dag: str
    task: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PastTask:
    """The waits in the queue and the durations of the successful instances of a task, in seconds."""

    waits: list[float]
    runs: list[float]


@dataclass(frozen=True, slots=True)
class Failures:
    """The number of ended task instances and of failed ones, recently and in the week before."""

    failed: int
    ended: int
    failed_before: int
    ended_before: int


class AirflowState:
    """An Airflow. Each method raises UnreachableError."""

    def __init__(self, airflow: AirflowServer) -> None:
        self._session = airflow.session
        self._base = f"{airflow.url}/api/v2"
        self._is_3 = self._get("version", missing_ok=True) is not None
        if not self._is_3:
            self._base = f"{airflow.url}/api/v1"
            self._get("version")

    @property
    def address(self) -> str:
        """The address of its API."""
        return self._base

    def unhealthy(self) -> dict[str, str]:
        """The components that report themselves as unhealthy, each with its latest heartbeat.

        A component that runs nowhere has no state. Whether it should run is unknown, except for the scheduler.
        """
        health = self._get("monitor/health" if self._is_3 else "health") or {}
        found = {}
        for name, state in sorted(health.items()):
            status = (state or {}).get("status")
            if status not in (None, "healthy") or (name == "scheduler" and status is None):
                found[name] = str((state or {}).get(f"latest_{name}_heartbeat") or "")
        return found

    def import_errors(self) -> dict[str, Item]:
        """The errors of DAG files that cannot be imported, by file."""
        return {str(each["filename"]): each for each in self._pages("importErrors", "import_errors", {})}

    def dags(self) -> list[Item]:
        """The existing DAGs."""
        active = {"exclude_stale": "true"} if self._is_3 else {"only_active": "true"}
        return list(self._pages("dags", "dags", active))

    def overdue(self, dags: Sequence[Item], before: datetime) -> dict[str, datetime]:
        """The unpaused DAGs whose next run should have been created before a time, with the due time."""
        due = {str(each["dag_id"]): self._next_run(each) for each in dags if not each.get("is_paused")}
        return {dag: time for dag, time in sorted(due.items()) if time is not None and time < before}

    def paused(self, dags: Sequence[Item], before: datetime, since: datetime) -> Iterator[PausedDag]:
        """The paused DAGs with an overdue run that ran on schedule after `since`."""
        for each in dags:
            next_run = self._next_run(each) if each.get("is_paused") else None
            if next_run is not None and next_run < before:
                dag = str(each["dag_id"])
                query = {"limit": "1", "order_by": "-start_date", "start_date_gte": since.isoformat()}
                runs = (self._get(f"dags/{quote(dag, safe='')}/dagRuns", query) or {}).get("dag_runs", ())
                last = next(
                    (time_of(run.get("start_date")) for run in runs if run.get("run_type") == "scheduled"), None
                )
                if last is not None:
                    yield PausedDag(dag, next_run, last)

    def waiting(self, before: datetime) -> list[UnfinishedTask]:
        """The tasks that were scheduled or queued before a time and have not started."""
        found = [each for state in ("queued", "scheduled") for each in self._tasks(state)]
        starts = self._run_starts() if any(not _waits_since(each) for each in found) else {}
        since = (_waits_since(each) or starts.get((str(each["dag_id"]), str(each["dag_run_id"]))) for each in found)
        return _since(zip(found, since, strict=True), before)

    def running(self, before: datetime) -> list[UnfinishedTask]:
        """The tasks that have been running since before a time."""
        return _since(((each, time_of(each.get("start_date"))) for each in self._tasks("running")), before)

    def past_tasks(self, dag: str, now: datetime) -> dict[str, PastTask]:
        """The waits and durations of the latest successful instances of each task of a DAG, from at most PAST_PAGES pages."""
        query = {"state": "success", "end_date_gte": (now - PAST).isoformat(), "end_date_lte": now.isoformat()}
        path = f"dags/{quote(dag, safe='')}/dagRuns/~/taskInstances"
        found: dict[str, PastTask] = {}
        for each in self._pages(path, "task_instances", query, most=PAST_PAGES):
            start, end, queued = (time_of(each.get(name)) for name in ("start_date", "end_date", "queued_when"))
            if start and end and start <= end:
                past = found.setdefault(str(each["task_id"]), PastTask([], []))
                past.runs.append((end - start).total_seconds())
                if queued and queued <= start:
                    past.waits.append((start - queued).total_seconds())
        return found

    def lost_heartbeats(self, since: datetime) -> list[Item]:
        """The events since a time about tasks whose process was gone."""
        query = {"event": HEARTBEAT_LOST, "after": since.isoformat()}
        found = self._pages("eventLogs", "event_logs", query, most=1)
        return [each for each in found if each.get("event") == HEARTBEAT_LOST and each.get("dag_id")]

    def failures(self, now: datetime) -> Failures:
        """The number of failed tasks, recently and in the week before."""
        return self._failures(now, EVERY_DAG)

    def failing_dags(self, now: datetime, fewest: int) -> dict[str, Failures]:
        """Like `failures`, for at most MOST_DAGS DAGs with at least `fewest` failed tasks recently, most failures first."""
        query = {"state": "failed", "end_date_gte": (now - RECENT).isoformat(), "end_date_lte": now.isoformat()}
        failed = self._pages("dags/~/dagRuns/~/taskInstances", "task_instances", query, most=FAILED_PAGES)
        dags = Counter(str(each["dag_id"]) for each in failed).most_common(MOST_DAGS)
        return {dag: self._failures(now, dag) for dag, count in dags if count >= fewest}

    def _failures(self, now: datetime, dag: str) -> Failures:
        start = now - RECENT
        counts = [
            self._count(dag, state, begin, end)
            for begin, end in ((start, now), (start - BEFORE, start))
            for state in ("failed", "success")
        ]
        return Failures(counts[0], counts[0] + counts[1], counts[2], counts[2] + counts[3])

    def _count(self, dag: str, state: str, begin: datetime, end: datetime) -> int:
        query = {"state": state, "end_date_gte": begin.isoformat(), "end_date_lte": end.isoformat(), "limit": "1"}
        path = f"dags/{quote(dag, safe=EVERY_DAG)}/dagRuns/~/taskInstances"
        return int((self._get(path, query) or {}).get("total_entries") or 0)

    def _tasks(self, state: str) -> Iterator[Item]:
        return self._pages("dags/~/dagRuns/~/taskInstances", "task_instances", {"state": state})

    def _run_starts(self) -> dict[tuple[str, str], datetime | None]:
        """The starts of the running DAG runs: Airflow 2 does not say when a task was scheduled."""
        runs = self._pages("dags/~/dagRuns", "dag_runs", {"state": "running"})
        return {(str(run["dag_id"]), str(run["dag_run_id"])): time_of(run.get("start_date")) for run in runs}

    def _next_run(self, dag: Item) -> datetime | None:
        return time_of(dag.get("next_dagrun_run_after" if self._is_3 else "next_dagrun_create_after"))

    def _pages(self, path: str, key: str, query: Mapping[str, Any], most: int = MOST_PAGES) -> Iterator[Item]:
        offset = 0
        for _ in range(most):
            body = self._get(path, {**query, "limit": str(PAGE), "offset": str(offset)}) or {}
            rows = body.get(key) or ()
            yield from rows
            offset += len(rows)
            if not rows or offset >= int(body.get("total_entries") or 0):
                return

    def _get(self, path: str, query: Mapping[str, Any] | None = None, *, missing_ok: bool = False) -> Item | None:
        """The JSON object at a path; None if it does not exist and `missing_ok`. A failed call is tried twice."""
        from requests import RequestException  # noqa: PLC0415 - loaded with the first call

        for attempt in range(1, TRIES + 1):
            try:
                response = self._session.get(
                    f"{self._base}/{path}", params=dict(query or {}), allow_redirects=False, timeout=TIMEOUT_SECONDS
                )
            except Exception as error:
                if not (is_transient_error(error) or isinstance(error, RequestException)):  # also of a token
                    raise
                answer = getattr(error, "response", None)
                code = answer.status_code if answer is not None else 0
                if attempt == TRIES or (code and not is_transient(code)):
                    raise UnreachableError(code, type(error).__name__) from error
            else:
                if is_success(response.status_code):
                    body = response.json()
                    return body if isinstance(body, dict) else {}
                if response.status_code == NOT_FOUND and missing_ok:
                    return None
                if attempt == TRIES or not is_transient(response.status_code):
                    raise UnreachableError(response.status_code, error_message(response))
            time.sleep(PAUSE_SECONDS)
        raise AssertionError("unreachable")


def _waits_since(task: Item) -> datetime | None:
    return time_of(task.get("queued_when")) or time_of(task.get("scheduled_when"))


def _since(tasks: Iterable[tuple[Item, datetime | None]], before: datetime) -> list[UnfinishedTask]:
    """The tasks that are in their state since before a time."""
    return [
        UnfinishedTask(str(task["dag_id"]), str(task["task_id"]), since)
        for task, since in tasks
        if since is not None and since < before
    ]
