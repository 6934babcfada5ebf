"""A simulated Airflow web server: the REST API of Airflow 3 (/api/v2) or 2 (/api/v1), and a scheduler to drive.

The scenario drives it: `add_run`, `finish`, `take_cleared`. A cleared task waits (queued) until the scenario takes it
up; then it runs until the scenario says how it ends.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from demo.platform.http import JsonServer, Reply, Request

TOKEN = "simulated-token"  # noqa: S105
NOT_MAPPED = -1
CLEARABLE = ("failed", "upstream_failed")


@dataclass
class _Instance:
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str | None = "running"
    try_number: int = 1


@dataclass
class _State:
    instances: list[_Instance] = field(default_factory=list)
    cleared: list[_Instance] = field(default_factory=list)


class AirflowServer(JsonServer):
    """Airflow `version` 2 or 3. With a username, 2 wants basic authentication and 3 a token from /auth/token."""

    def __init__(self, version: int = 3, username: str = "", password: str = "") -> None:
        super().__init__()
        self.version = version
        self._user = (username, password)
        self._state = _State()

    def add_run(self, dag: str, run: str, tasks: Sequence[str], *, mapped: int = 0) -> None:
        """A DAG run whose tasks run; `mapped` tasks have so many instances."""
        indexes = range(mapped) if mapped else (NOT_MAPPED,)
        with self.lock:
            self._state.instances += [_Instance(dag, run, task, index) for task in tasks for index in indexes]

    def finish(self, dag: str, run: str, task: str, state: str, *, map_index: int = NOT_MAPPED) -> None:
        """The task instance ends as `success` or `failed`."""
        with self.lock:
            self._find(dag, run, task, map_index).state = state

    def state(self, dag: str, run: str, task: str, *, map_index: int = NOT_MAPPED) -> str | None:
        """The task instance's state."""
        with self.lock:
            return self._find(dag, run, task, map_index).state

    def take_cleared(self) -> list[tuple[str, str, str]]:
        """The scheduler takes up what was cleared: those tasks run now. (dag, run, task) of each."""
        with self.lock:
            taken, self._state.cleared = self._state.cleared, []
            for instance in taken:
                instance.state = "running"
                instance.try_number += 1
            return [(instance.dag_id, instance.run_id, instance.task_id) for instance in taken]

    def answer(self, request: Request) -> Reply:
        """The REST API."""
        if self.version == 3 and request.parts == ("auth", "token"):
            return self._token(request)
        prefix, parts = request.parts[:2], request.parts[2:]
        if prefix != ("api", "v2" if self.version == 3 else "v1"):
            return self._error(404, "Not Found")
        if parts == ("version",):
            return Reply(200, {"version": "3.1.0" if self.version == 3 else "2.10.5", "git_version": None})
        if not self._may_enter(request):
            return self._error(401, "Unauthorized")
        return self._dags(request, parts[1:]) if parts[0] == "dags" else self._error(404, "Not Found")

    def _dags(self, request: Request, parts: tuple[str, ...]) -> Reply:
        match (request.method, *parts):
            case ("GET", dag, "dagRuns", run, "taskInstances"):
                return self._collection(
                    [each for each in self._state.instances if (each.dag_id, each.run_id) == (dag, run)]
                )
            case ("GET", dag, "dagRuns", run, "taskInstances", task):
                return self._one(dag, run, task, NOT_MAPPED)
            case ("GET", dag, "dagRuns", run, "taskInstances", task, index):
                return self._one(dag, run, task, int(index))
            case ("POST", dag, "clearTaskInstances"):
                return self._clear(dag, request.body)
        return self._error(404, "Not Found")

    def _one(self, dag: str, run: str, task: str, map_index: int) -> Reply:
        try:
            return Reply(200, self._json(self._find(dag, run, task, map_index)))
        except KeyError:
            return self._error(404, "Task instance not found")

    def _clear(self, dag: str, body: dict[str, Any]) -> Reply:
        """Clears as the API does, whose default is a dry run of what failed."""
        wanted = [tuple(each) if isinstance(each, list) else (each, None) for each in body.get("task_ids") or []]
        if self.version == 2 and any(index is not None for _, index in wanted):
            return self._error(400, "task_ids: Not a valid string.")
        chosen = [each for each in self._state.instances if each.dag_id == dag and self._is_meant(each, wanted, body)]
        if not body.get("dry_run", True):
            for instance in chosen:
                instance.state = "queued" if self.version == 3 else None
                self._state.cleared.append(instance)
        return self._collection(chosen)

    @staticmethod
    def _is_meant(each: _Instance, wanted: list[tuple[Any, ...]], body: dict[str, Any]) -> bool:
        named = any(task == each.task_id and index in (None, each.map_index) for task, index in wanted)
        clearable = each.state in CLEARABLE or not body.get("only_failed", True)
        return named and clearable and body.get("dag_run_id") in (None, each.run_id)

    def _find(self, dag: str, run: str, task: str, map_index: int) -> _Instance:
        for each in self._state.instances:
            if (each.dag_id, each.run_id, each.task_id, each.map_index) == (dag, run, task, map_index):
                return each
        raise KeyError(f"{dag}.{task} of {run}")

    def _collection(self, instances: list[_Instance]) -> Reply:
        found = [self._json(each) for each in instances]
        return Reply(200, {"task_instances": found, "total_entries": len(found)})

    def _json(self, each: _Instance) -> dict[str, Any]:
        names = ("dag_id", "task_id", "map_index", "state", "try_number")
        return {"dag_run_id": each.run_id, **{name: getattr(each, name) for name in names}}

    def _token(self, request: Request) -> Reply:
        given = (request.body or {}).get("username"), (request.body or {}).get("password")
        return Reply(201, {"access_token": TOKEN}) if given == self._user else self._error(401, "Invalid credentials")

    def _may_enter(self, request: Request) -> bool:
        if not self._user[0]:
            return True
        basic = base64.b64encode(":".join(self._user).encode()).decode()
        wanted = f"Bearer {TOKEN}" if self.version == 3 else f"Basic {basic}"
        return request.headers.get("authorization") == wanted

    def _error(self, code: int, text: str) -> Reply:
        """Airflow 3 answers as FastAPI does, Airflow 2 with a problem document (RFC 7807)."""
        return Reply(code, {"detail": text} if self.version == 3 else {"title": text, "status": code, "detail": text})
