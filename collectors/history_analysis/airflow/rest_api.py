"""Reads runs over the Airflow REST API, version 3 (/api/v2) or 2 (/api/v1).

Lists are paged by offset, so a row that leaves the list during the read would shift another row to a page that was
already read. The lists are therefore bounded only below, so that a changed row stays in the list, and are ordered by a
constant key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from collectors.history_analysis import rest
from collectors.history_analysis.airflow.rows import dag_run_row, task_row
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.connections.airflow import AirflowServer, server
from shared.history import JobRunRow

PAGE = 100  # Airflow's default for [api] maximum_page_limit
QUOTA = "airflow.read"


@dataclass(frozen=True, slots=True)
class AirflowRest:
    """An Airflow web server; `base` is the URL of its API."""

    context: SnapshotContext
    name: str
    airflow: AirflowServer
    base: str

    @classmethod
    def open(cls, context: SnapshotContext, name: str) -> AirflowRest:
        """Detects the API version. Raises RestError if Airflow does not respond."""
        airflow = server(context.clients, name)
        base = f"{airflow.url}/api/v2"
        try:
            rest.get(context, airflow.session, f"{base}/version", {}, QUOTA)
        except rest.RestError as error:
            if error.code != 404:
                raise
            base = f"{airflow.url}/api/v1"
        return cls(context, name, airflow, base)

    def read(self) -> Iterator[Batch]:
        """All DAG runs and task instances that changed since the window began, in batches with checkpoints."""
        since = {"updated_at_gte": self.context.window_start.isoformat()}
        checkpoint = self.context.checkpoint or {}
        if checkpoint.get("list", "runs") == "runs":
            yield from self._runs(since, int(checkpoint.get("offset", 0)))
        if self.base.endswith("/v2"):
            offset = int(checkpoint.get("offset", 0)) if checkpoint.get("list") == "tasks" else 0
            yield from self._tasks(since, offset)

    def pages_of(self, path: str, key: str, params: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
        """Yields the pages of a list."""
        for page, _ in self._pages(path, key, params, 0):
            yield page

    def _runs(self, since: Mapping[str, str], offset: int) -> Iterator[Batch]:
        for page, following in self._pages("dags/~/dagRuns", "dag_runs", {**since, "order_by": "id"}, offset):
            rows: list[JobRunRow] = []
            for run in page:
                rows.append(dag_run_row(self.name, run))
                if self.base.endswith("/v1"):
                    rows += self._tasks_of(run)
            yield Batch(rows, checkpoint={"list": "runs", "offset": following})

    def _tasks_of(self, run: Mapping[str, Any]) -> list[JobRunRow]:
        """The task instances of one DAG run, because Airflow 2 cannot list those of all runs in a stable order."""
        path = f"dags/{quote(str(run['dag_id']), safe='')}/dagRuns/{quote(str(run['dag_run_id']), safe='')}"
        listed = self._pages(f"{path}/taskInstances", "task_instances", {}, 0)
        return [task_row(self.name, task) for page, _ in listed for task in page]

    def _tasks(self, since: Mapping[str, str], offset: int) -> Iterator[Batch]:
        path = "dags/~/dagRuns/~/taskInstances"
        for page, following in self._pages(path, "task_instances", {**since, "order_by": "id"}, offset):
            rows = [task_row(self.name, task) for task in page]
            yield Batch(rows, checkpoint={"list": "tasks", "offset": following})

    def _pages(
        self, path: str, key: str, params: Mapping[str, str], offset: int
    ) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """All pages, each with the offset of the next one; a server may return fewer rows than requested."""
        while True:
            query = {**params, "limit": str(PAGE), "offset": str(offset)}
            body = rest.get(self.context, self.airflow.session, f"{self.base}/{path}", query, QUOTA)
            rows = body.get(key, [])
            offset += len(rows)
            yield rows, offset
            if not rows or offset >= int(body.get("total_entries", 0)):
                return
