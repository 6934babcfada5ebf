"""Reads runs over the Airflow REST API, version 3 (/api/v2) or 2 (/api/v1).

Lists are paged by offset, so a row that leaves the list while it is read would push another one past the reader. The
lists are therefore bounded below only (what is touched stays in), and ordered by a key that does not change.
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
    """One Airflow; `base` is the URL of its API."""

    context: SnapshotContext
    name: str
    airflow: AirflowServer
    base: str

    @classmethod
    def open(cls, context: SnapshotContext, name: str) -> AirflowRest:
        """Finds out the version. Raises RestError."""
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
        """Every DAG run and task instance that changed since the window began, with where to go on."""
        since = {"updated_at_gte": self.context.window_start.isoformat()}
        place = self.context.checkpoint or {}
        if place.get("list", "runs") == "runs":
            yield from self._runs(since, int(place.get("offset", 0)))
        if self.base.endswith("/v2"):
            offset = int(place.get("offset", 0)) if place.get("list") == "tasks" else 0
            yield from self._tasks(since, offset)

    def _runs(self, since: Mapping[str, str], offset: int) -> Iterator[Batch]:
        for page, following in self._pages("dags/~/dagRuns", "dag_runs", {**since, "order_by": "id"}, offset):
            rows: list[JobRunRow] = []
            for run in page:
                rows.append(dag_run_row(self.name, run))
                if self.base.endswith("/v1"):
                    rows += self._tasks_of(run)
            yield Batch(rows, checkpoint={"list": "runs", "offset": following})

    def _tasks_of(self, run: Mapping[str, Any]) -> list[JobRunRow]:
        """The tasks of a run, one by one: Airflow 2 cannot list those of all runs in an order that stays."""
        path = f"dags/{quote(str(run['dag_id']), safe='')}/dagRuns/{quote(str(run['dag_run_id']), safe='')}"
        found = self._pages(f"{path}/taskInstances", "task_instances", {}, 0)
        return [task_row(self.name, task) for page, _ in found for task in page]

    def _tasks(self, since: Mapping[str, str], offset: int) -> Iterator[Batch]:
        path = "dags/~/dagRuns/~/taskInstances"
        for page, following in self._pages(path, "task_instances", {**since, "order_by": "id"}, offset):
            rows = [task_row(self.name, task) for task in page]
            yield Batch(rows, checkpoint={"list": "tasks", "offset": following})

    def _pages(
        self, path: str, key: str, params: Mapping[str, str], offset: int
    ) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Every page, and the offset of the one after it; a server may give fewer rows than asked for."""
        while True:
            asked = {**params, "limit": str(PAGE), "offset": str(offset)}
            body = rest.get(self.context, self.airflow.session, f"{self.base}/{path}", asked, QUOTA)
            rows = body.get(key, [])
            offset += len(rows)
            yield rows, offset
            if not rows or offset >= int(body.get("total_entries", 0)):
                return
