"""The calls of the Airflow REST API that remediations need, for Airflow 3 (/api/v2) and 2 (/api/v1).

Formats: airflow.apache.org, "Airflow public API reference" (3) and "Airflow REST API" (2, stable).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.errors import check
from handlers.remediations.model import Call
from shared.errors import ActionError
from shared.lazy.dataclass import dataclass
from shared.texts import Text, actions
from shared.texts.remediations import airflow as airflow_texts

if TYPE_CHECKING:
    from shared.connections.airflow import AirflowServer

LONGEST_ID = 250  # Airflow's own limit
NOT_MAPPED = -1
ENDED = ("success", "failed")  # the states of a DAG run that has ended
RUNNING_AT_MOST = 20  # runs that may have begun since: max_active_runs is 16 by default


@dataclass(frozen=True, slots=True)
class TaskInstance:
    """One task of one run of one DAG; `map_index` is -1 for a task that is not mapped.

    The ids come from log entries, so they are checked here and quoted wherever they become part of a path.
    """

    dag_id: str
    task_id: str
    run_id: str
    map_index: int = NOT_MAPPED

    def __post_init__(self) -> None:
        for name in ("dag_id", "task_id", "run_id"):
            check_id(name, getattr(self, name))

    def __str__(self) -> str:
        return self.text.en

    @property
    def text(self) -> Text:
        """DAG, task and run as text."""
        index = f"[{self.map_index}]" if self.map_index != NOT_MAPPED else ""
        return actions.TASK(task=f"{self.dag_id}.{self.task_id}{index}", run=self.run_id)


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of one DAG; the ids are checked as those of a task instance."""

    dag_id: str
    run_id: str

    def __post_init__(self) -> None:
        check_id("dag_id", self.dag_id)
        check_id("run_id", self.run_id)

    @property
    def text(self) -> Text:
        """DAG and run as text."""
        return actions.TASK(task=self.dag_id, run=self.run_id)


class AirflowApi:
    """The REST API of one Airflow, whose version it detects with the first call."""

    def __init__(self, airflow: AirflowServer) -> None:
        self.session = airflow.session
        self._base = f"{airflow.url}/api/v2"
        if self._call("GET", "version", missing_ok=True) is None:
            self._base = f"{airflow.url}/api/v1"
            self._call("GET", "version")

    @property
    def is_airflow_2(self) -> bool:
        """Whether the server is Airflow 2, which cannot clear one index of a mapped task by name."""
        return self._base.endswith("/v1")

    def state(self, task: TaskInstance) -> str | None:
        """The state of the task instance (`failed`, `queued`, …); None for one that waits for the scheduler."""
        mapped = [str(task.map_index)] if task.map_index != NOT_MAPPED else []
        body = self._call("GET", "dags", task.dag_id, "dagRuns", task.run_id, "taskInstances", task.task_id, *mapped)
        state = body.get("state") if body else None
        return str(state) if state is not None else None

    def count_to_clear(self, task: TaskInstance) -> int:
        """The number of task instances that `clear` would clear, counted by Airflow in a dry run."""
        body = self._call("POST", "dags", task.dag_id, "clearTaskInstances", json=self._clearing(task, dry_run=True))
        return len(body.get("task_instances", [])) if body else 0

    def clear(self, task: TaskInstance) -> Call:
        """The call that clears this task instance if it failed, so that its run continues from there.

        Upstream, downstream, past and future tasks are not cleared.
        """
        url = self._url("dags", task.dag_id, "clearTaskInstances")
        shows = {"dag_run_id": task.run_id, "task_ids": [task.task_id], "only_failed": True}
        if task.map_index != NOT_MAPPED:
            shows["map_index"] = task.map_index
        body = self._clearing(task, dry_run=False)
        return Call(actions.CLEAR_TASK(task=task.text), "POST", url, body, shows=shows)

    def is_paused(self, dag_id: str) -> bool:
        """Whether the DAG is paused. Raises ActionError with status 404 if there is no such DAG."""
        body = self._call("GET", "dags", dag_id)
        return bool(body and body.get("is_paused"))

    def last_states(self, dag_id: str, count: int) -> list[str]:
        """The states of the DAG's last `count` runs that have ended (`success`, `failed`), latest first."""
        query: dict[str, str | int] = {"order_by": "-start_date", "limit": count + RUNNING_AT_MOST}
        body = self._call("GET", "dags", dag_id, "dagRuns", query=query) or {}
        states = [str(run.get("state")) for run in body.get("dag_runs", ())]
        return [state for state in states if state in ENDED][:count]

    def pause(self, dag_id: str, *, paused: bool) -> Call:
        """The call that pauses or unpauses the DAG. Runs that have started continue."""
        does = (airflow_texts.PAUSE if paused else airflow_texts.UNPAUSE)(dag=dag_id)
        return Call(does, "PATCH", self._url("dags", dag_id), {"is_paused": paused}, query={"update_mask": "is_paused"})

    def run_state(self, run: DagRun) -> str | None:
        """The state of the DAG run (`queued`, `running`, `success`, `failed`). Raises ActionError with status 404 if it does not exist."""
        body = self._call("GET", "dags", run.dag_id, "dagRuns", run.run_id)
        state = body.get("state") if body else None
        return str(state) if state is not None else None

    def has_run(self, run: DagRun) -> bool:
        """Whether the DAG run exists."""
        return self._call("GET", "dags", run.dag_id, "dagRuns", run.run_id, missing_ok=True) is not None

    def trigger(self, run: DagRun, conf: Mapping[str, Any]) -> Call:
        """The call that starts a run with this id and configuration. It conflicts with a run of the same id."""
        # Airflow 3 requires a logical date, and starts a run without one; Airflow 2 chooses it.
        date = {} if self.is_airflow_2 else {"logical_date": None}
        body = {"dag_run_id": run.run_id, "conf": dict(conf)}
        does = airflow_texts.TRIGGER(dag=run.dag_id)
        return Call(does, "POST", self._url("dags", run.dag_id, "dagRuns"), {**body, **date}, shows=body)

    def count_to_clear_run(self, run: DagRun, *, only_failed: bool) -> int:
        """The number of task instances that `clear_run` would clear, counted by Airflow in a dry run."""
        body = {**_clearing_run(run, only_failed=only_failed), "dry_run": True}
        answer = self._call("POST", "dags", run.dag_id, "clearTaskInstances", json=body)
        return len(answer.get("task_instances", [])) if answer else 0

    def clear_run(self, run: DagRun, *, only_failed: bool) -> Call:
        """The call that clears the failed tasks of the run, or all of them, so that it continues.

        `dagRuns/{id}/clear` of Airflow 2 has no `only_failed`; this call has it in both versions.
        """
        body = _clearing_run(run, only_failed=only_failed)
        url = self._url("dags", run.dag_id, "clearTaskInstances")
        shows = {"dag_run_id": run.run_id, "only_failed": only_failed}
        return Call(airflow_texts.CLEAR_RUN(run=run.text), "POST", url, {**body, "dry_run": False}, shows=shows)

    def _url(self, *parts: str) -> str:
        """The URL of a call, with all parts of its path quoted."""
        return "/".join([self._base, *(quote(part, safe="") for part in parts)])

    def _clearing(self, task: TaskInstance, *, dry_run: bool) -> dict[str, Any]:
        by_index = task.map_index != NOT_MAPPED and not self.is_airflow_2
        return {
            "dry_run": dry_run,
            "dag_run_id": task.run_id,
            "task_ids": [[task.task_id, task.map_index]] if by_index else [task.task_id],
            "only_failed": True,
            "reset_dag_runs": True,
            "include_upstream": False,
            "include_downstream": False,
            "include_past": False,
            "include_future": False,
        }

    def _call(
        self,
        method: str,
        *parts: str,
        json: Any = None,
        missing_ok: bool = False,
        query: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any] | None:
        """The JSON of a response; None for an expected 404. All parts of the path are quoted."""
        response = self.session.request(method, self._url(*parts), json=json, params=query, allow_redirects=False)
        if missing_ok and response.status_code == 404:
            return None
        body = check(response, actions.AIRFLOW_CALL(path=parts[-1])).json()
        return body if isinstance(body, dict) else {}


def _clearing_run(run: DagRun, *, only_failed: bool) -> dict[str, Any]:
    """The body of a call that clears tasks of one run and queues the run again."""
    return {"dag_run_id": run.run_id, "only_failed": only_failed, "reset_dag_runs": True}


def check_id(name: str, value: str) -> None:
    """Raises ActionError for an id that Airflow does not accept."""
    if not value or len(value) > LONGEST_ID or not value.isprintable() or not value.strip("."):
        raise ActionError(actions.NO_ID(name=name), permanent=True)
