"""A simulated Airflow web server: the REST API of Airflow 3 (/api/v2) or 2 (/api/v1), with a controllable scheduler.

The scenario controls it with `add_run`, `finish` and `take_cleared`. A cleared task is queued until the scenario takes
it up; then it runs until the scenario finishes it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from demo.platform.airflow_facts import AirflowFacts
from demo.platform.http import JsonServer, Reply, Request

TOKEN = "simulated-token"  # noqa: S105
NOT_MAPPED = -1
CLEARABLE = ("failed", "upstream_failed")
ENDED = ("success", "failed", "skipped", "upstream_failed")
MOST_ROWS = 100  # [api] maximum_page_limit


@dataclass
class _Instance:
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str | None = "running"
    try_number: int = 1
    started: datetime | None = None
    ended: datetime | None = None
    updated: datetime | None = None
    queued: datetime | None = None


@dataclass
class _Run:
    dag_id: str
    run_id: str
    state: str
    started: datetime
    ended: datetime | None
    updated: datetime


@dataclass
class _State:
    runs: list[_Run] = field(default_factory=list)
    instances: list[_Instance] = field(default_factory=list)
    cleared: list[_Instance] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)
    conf: dict[tuple[str, str], Any] = field(default_factory=dict)


class SimulatedAirflow(JsonServer):
    """Airflow `version` 2 or 3. With a user name, 2 requires basic authentication and 3 a token from /auth/token."""

    def __init__(
        self, version: int = 3, username: str = "", password: str = "", clock: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__()
        self.version = version
        self._clock = clock or (lambda: datetime.now(UTC))
        self._user = (username, password)
        self._state = _State()
        self.facts = AirflowFacts()
        self.patches = 0  # by the API

    def add_past_run(
        self, dag: str, run: str, tasks: Sequence[str], start: datetime, end: datetime, queued: datetime | None = None
    ) -> None:
        """Adds a DAG run that succeeded in the past; its tasks were queued at `queued`, otherwise at their start."""
        with self.lock:
            self._state.runs.append(_Run(dag, run, "success", start, end, end))
            self._state.instances += [
                _Instance(dag, run, task, NOT_MAPPED, "success", started=start, ended=end, updated=end, queued=queued)
                for task in tasks
            ]

    def add_run(self, dag: str, run: str, tasks: Sequence[str], *, mapped: int = 0) -> None:
        """Adds a DAG run whose tasks run from now on; `mapped` gives the number of instances of mapped tasks."""
        indexes = range(mapped) if mapped else (NOT_MAPPED,)
        now = self._clock()
        with self.lock:
            self._state.runs.append(_Run(dag, run, "running", now, None, now))
            self._state.instances += [
                _Instance(dag, run, task, index, started=now, updated=now) for task in tasks for index in indexes
            ]

    def finish(self, dag: str, run: str, task: str, state: str, *, map_index: int = NOT_MAPPED) -> None:
        """Ends the task instance as `success` or `failed`."""
        with self.lock:
            instance = self._find(dag, run, task, map_index)
            instance.state = state
            instance.ended = self._clock()
            self._touch(instance)

    def queue(self, dag: str, run: str, task: str) -> None:
        """Puts a task instance back into the queue, where nobody takes it."""
        with self.lock:
            self._find(dag, run, task, NOT_MAPPED).state = "queued"

    def state(self, dag: str, run: str, task: str, *, map_index: int = NOT_MAPPED) -> str | None:
        """The task instance's state."""
        with self.lock:
            return self._find(dag, run, task, map_index).state

    def take_cleared(self) -> list[tuple[str, str, str]]:
        """Starts the cleared tasks like the scheduler; returns (dag, run, task) of each."""
        with self.lock:
            taken, self._state.cleared = self._state.cleared, []
            for instance in taken:
                instance.state = "running"
                instance.try_number += 1
                instance.started, instance.ended = self._clock(), None
                self._touch(instance)
            return [(instance.dag_id, instance.run_id, instance.task_id) for instance in taken]

    def paused(self) -> set[str]:
        """The DAGs that are paused."""
        with self.lock:
            return set(self._state.paused)

    def pause(self, dag: str) -> None:
        """Pauses a DAG, as a person would."""
        with self.lock:
            self._state.paused.add(dag)

    def triggered(self) -> dict[tuple[str, str], Any]:
        """The configurations of the runs that were triggered, by DAG and run."""
        with self.lock:
            return dict(self._state.conf)

    def end_run(self, dag: str, run: str, state: str) -> None:
        """Ends a DAG run regardless of its tasks, like its time limit."""
        with self.lock:
            for each in self._state.runs:
                if (each.dag_id, each.run_id) == (dag, run):
                    each.state, each.ended, each.updated = state, self._clock(), self._clock()

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        if self.version == 3 and request.parts == ("auth", "token"):
            return self._token(request)
        prefix, parts = request.parts[:2], request.parts[2:]
        if prefix != ("api", "v2" if self.version == 3 else "v1"):
            return self._error(404, "Not Found")
        if parts == ("version",):
            return Reply(200, {"version": "3.1.0" if self.version == 3 else "2.10.5", "git_version": None})
        if not self._may_enter(request):
            return self._error(401, "Unauthorized")
        if parts[:1] != ("dags",) or len(parts) == 1:
            return self._about_itself(request, parts)
        is_of_dag = len(parts) == 2 or (parts[2] == "dagRuns" and len(parts) in (3, 4))
        is_everywhere = parts[1] == "~"
        return self._dag(request, *parts[1:]) if is_of_dag and not is_everywhere else self._dags(request, parts[1:])

    def _about_itself(self, request: Request, parts: tuple[str, ...]) -> Reply:
        match parts:
            case ("monitor", "health") | ("health",) if len(parts) == self.version - 1:
                return self.facts.health(self._clock())
            case ("importErrors",):
                return self.facts.errors(self._clock())
            case ("eventLogs",):
                return self.facts.logged(request)
            case ("dags",):
                return self.facts.dags((run.dag_id for run in self._state.runs), self._state.paused, self.version)
        return self._error(404, "Not Found")

    def _dags(self, request: Request, parts: tuple[str, ...]) -> Reply:
        if parts[0] == "~":
            return self._everywhere(request, parts[1:])
        match (request.method, *parts):
            case ("GET", dag, "dagRuns", run, "taskInstances"):
                own = [each for each in self._state.instances if each.dag_id == dag and run in (each.run_id, "~")]
                return self._page("task_instances", own, request)
            case ("GET", dag, "dagRuns", run, "taskInstances", task):
                return self._one(dag, run, task, NOT_MAPPED)
            case ("GET", dag, "dagRuns", run, "taskInstances", task, index):
                return self._one(dag, run, task, int(index))
            case ("POST", dag, "clearTaskInstances"):
                return self._clear(dag, request.body)
        return self._error(404, "Not Found")

    def _dag(self, request: Request, dag: str, *parts: str) -> Reply:  # noqa: PLR0911 - one for each route
        """Answers calls about one DAG and its runs; a DAG exists if it has a run."""
        runs = {each.run_id: each for each in self._state.runs if each.dag_id == dag}
        if not runs:
            return self._error(404, f"The Dag with ID: `{dag}` was not found")
        match (request.method, *parts):
            case ("PATCH",) if request.query.get("update_mask") == "is_paused":
                self.patches += 1
                (self._state.paused.add if request.body["is_paused"] else self._state.paused.discard)(dag)
                return Reply(200, {"dag_id": dag, "is_paused": dag in self._state.paused})
            case ("GET",):
                return Reply(200, {"dag_id": dag, "is_paused": dag in self._state.paused})
            case ("GET", "dagRuns"):
                latest_first = request.query.get("order_by") == "-start_date"
                ordered = sorted(runs.values(), key=lambda run: run.started, reverse=latest_first)
                return self._page("dag_runs", ordered, request)
            case ("GET", "dagRuns", run) if run in runs:
                return Reply(200, self._json(runs[run]))
            case ("POST", "dagRuns"):
                return self._trigger(dag, runs, request.body)
        return self._error(404, "Not Found")

    def _trigger(self, dag: str, runs: dict[str, _Run], body: dict[str, Any]) -> Reply:
        if self.version == 3 and "logical_date" not in body:
            return self._error(422, "logical_date: Field required")
        if body["dag_run_id"] in runs:
            return self._error(409, f"DAGRun with DAG ID: '{dag}' and DAGRun ID: '{body['dag_run_id']}' already exists")
        now = self._clock()
        self._state.runs.append(_Run(dag, body["dag_run_id"], "queued", now, None, now))
        self._state.conf[dag, body["dag_run_id"]] = body["conf"]
        return Reply(200, self._json(self._state.runs[-1]))

    def _everywhere(self, request: Request, parts: tuple[str, ...]) -> Reply:
        """Answers the lists over all DAGs, whose name is `~`."""
        match (request.method, *parts):
            case ("GET", "dagRuns"):
                return self._page("dag_runs", self._state.runs, request)
            case ("GET", "dagRuns", "~", "taskInstances"):
                return self._page("task_instances", self._state.instances, request)
        return self._error(404, "Not Found")

    def _one(self, dag: str, run: str, task: str, map_index: int) -> Reply:
        try:
            return Reply(200, self._json(self._find(dag, run, task, map_index)))
        except KeyError:
            return self._error(404, "Task instance not found")

    def _clear(self, dag: str, body: dict[str, Any]) -> Reply:
        """Clears tasks as the API does: a dry run of failed ones by default."""
        requested = [tuple(each) if isinstance(each, list) else (each, None) for each in body.get("task_ids") or []]
        if self.version == 2 and any(index is not None for _, index in requested):
            return self._error(400, "task_ids: Not a valid string.")
        chosen = [
            each for each in self._state.instances if each.dag_id == dag and self._is_selected(each, requested, body)
        ]
        if not body.get("dry_run", True):
            for instance in chosen:
                instance.state = "queued" if self.version == 3 else None
                self._touch(instance)
                self._state.cleared.append(instance)
        return self._collection(chosen)

    @staticmethod
    def _is_selected(each: _Instance, requested: list[tuple[Any, ...]], body: dict[str, Any]) -> bool:
        is_named = any(task == each.task_id and index in (None, each.map_index) for task, index in requested)
        named = is_named or "task_ids" not in body
        clearable = each.state in CLEARABLE or not body.get("only_failed", True)
        return named and clearable and body.get("dag_run_id") in (None, each.run_id)

    def _find(self, dag: str, run: str, task: str, map_index: int) -> _Instance:
        for each in self._state.instances:
            if (each.dag_id, each.run_id, each.task_id, each.map_index) == (dag, run, task, map_index):
                return each
        raise KeyError(f"{dag}.{task} of {run}")

    def _touch(self, instance: _Instance) -> None:
        """Marks the row and its run as changed; the run ends with its last task."""
        instance.updated = self._clock()
        same = (instance.dag_id, instance.run_id)
        states = {each.state for each in self._state.instances if (each.dag_id, each.run_id) == same}
        for run in self._state.runs:
            if (run.dag_id, run.run_id) == same:
                run.updated = instance.updated
                over = states <= set(ENDED)
                run.state = ("failed" if states & set(CLEARABLE) else "success") if over else "running"
                run.ended = instance.updated if over else None

    def _page(self, key: str, rows: Sequence[_Run | _Instance], request: Request) -> Reply:
        """A page of a list, in the order of creation."""
        since = request.query.get("updated_at_gte")
        if since:
            begin = datetime.fromisoformat(since)
            rows = [each for each in rows if each.updated is not None and each.updated >= begin]
        rows = [each for each in rows if _is_within(each, request.query)]
        limit = min(int(request.query.get("limit", MOST_ROWS)), MOST_ROWS)
        offset = int(request.query.get("offset", 0))
        items = [self._json(each) for each in rows[offset : offset + limit]]
        return Reply(200, {key: items, "total_entries": len(rows)})

    def _collection(self, instances: list[_Instance]) -> Reply:
        items = [self._json(each) for each in instances]
        return Reply(200, {"task_instances": items, "total_entries": len(items)})

    def _json(self, each: _Run | _Instance) -> dict[str, Any]:
        times = {"start_date": _text(each.started), "end_date": _text(each.ended)}
        shared = {"dag_id": each.dag_id, "dag_run_id": each.run_id, "state": each.state, **times}
        if isinstance(each, _Run):
            return {**shared, "run_type": "scheduled", "queued_at": _text(each.started)}
        names = ("task_id", "map_index", "try_number")
        own = {name: getattr(each, name) for name in names}
        return {
            **shared,
            **own,
            "queued_when": _text(each.queued or each.started),
            "operator": "BigQueryInsertJobOperator",
        }

    def _token(self, request: Request) -> Reply:
        given = (request.body or {}).get("username"), (request.body or {}).get("password")
        return Reply(201, {"access_token": TOKEN}) if given == self._user else self._error(401, "Invalid credentials")

    def _may_enter(self, request: Request) -> bool:
        if not self._user[0]:
            return True
        basic = base64.b64encode(":".join(self._user).encode()).decode()
        expected = f"Bearer {TOKEN}" if self.version == 3 else f"Basic {basic}"
        return request.headers.get("authorization") == expected

    def _error(self, code: int, text: str) -> Reply:
        """An error: Airflow 3 answers like FastAPI, Airflow 2 with a problem document (RFC 7807)."""
        return Reply(code, {"detail": text} if self.version == 3 else {"title": text, "status": code, "detail": text})


def _is_within(each: _Run | _Instance, query: Mapping[str, str]) -> bool:
    """Whether a row has the state and the times that a list asks for."""
    bounds = {
        "start_date_gte": (each.started, 1),
        "end_date_gte": (each.ended, 1),
        "end_date_lte": (each.ended, -1),
    }
    for name, (time, sign) in bounds.items():
        if name in query and (time is None or sign * (time - datetime.fromisoformat(query[name])).total_seconds() < 0):
            return False
    return query.get("state", each.state) == each.state


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
