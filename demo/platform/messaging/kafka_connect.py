"""Kafka Connect on loopback: the states of connectors and tasks, and their restart, as the REST API of Kafka 3.0 and later answers."""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request

FAILED, RUNNING, RESTARTING = "FAILED", "RUNNING", "RESTARTING"
TRACE = "org.apache.kafka.connect.errors.ConnectException: The replication slot is active"


class ConnectServer(JsonServer):
    """Start it, add connectors, and point clients at `url`. With `authorization`, a request needs this header."""

    def __init__(self, authorization: str = "") -> None:
        super().__init__()
        self.restarts: list[tuple[str, int | None]] = []
        self.configs: dict[str, dict[str, str]] = {}  # of a connector, beside those that all have
        self.offsets: dict[str, dict[str, Any]] = {}  # the source offset of a connector
        self.failing = False  # whether everything fails again after a restart
        self._authorization = authorization
        self._states: dict[str, dict[int | None, str]] = {}

    def add(self, connector: str, tasks: int = 1) -> None:
        """Adds a connector that runs with its tasks."""
        self._states[connector] = {None: RUNNING, **dict.fromkeys(range(tasks), RUNNING)}

    def remove(self, connector: str) -> None:
        """Deletes a connector."""
        with self.lock:
            del self._states[connector]

    def set_state(self, connector: str, state: str, task: int | None = None) -> None:
        """Changes the state of a connector, or of one of its tasks."""
        with self.lock:
            self._states[connector][task] = state

    def states(self, connector: str) -> dict[int | None, str]:
        """The states of a connector (None) and of its tasks."""
        with self.lock:
            return dict(self._states[connector])

    def answer(self, request: Request) -> Reply:
        """Answers the list of connectors, their status, and restarts."""
        if self._authorization and request.headers.get("authorization") != self._authorization:
            return Reply(401, {"error_code": 401, "message": "Unauthorized"})
        match (request.method, *request.parts):
            case (_, "connectors", connector, *_) if connector not in self._states:
                return _not_found(f"No status found for connector {connector}")
            case ("GET", *path):
                return self._read(path)
            case ("POST", "connectors", connector, "tasks", task, "restart"):
                return self._restart_task(connector, int(task))
            case ("POST", "connectors", connector, "restart"):
                return self._restart(connector, request.query)
        return _not_found("HTTP 404 Not Found")

    def _read(self, path: list[str]) -> Reply:
        match path:
            case [""]:
                return Reply(200, {"version": "4.3.1", "commit": "0", "kafka_cluster_id": "demo"})
            case ["connectors"]:
                return Reply(200, {name: self._described(name) for name in self._states})
            case ["connectors", connector, "status"]:
                return Reply(200, self._status(connector))
            case ["connectors", connector, "offsets"] if connector in self.offsets:
                return Reply(200, {"offsets": [{"partition": {}, "offset": self.offsets[connector]}]})
        return _not_found("HTTP 404 Not Found")

    def _restart_task(self, connector: str, task: int) -> Reply:
        if task not in self._states[connector]:
            return _not_found(f"Task {connector}-{task} not found")
        self._begin(connector, task)
        return Reply(204)

    def _restart(self, connector: str, query: Any) -> Reply:
        only_failed, with_tasks = query.get("onlyFailed") == "true", query.get("includeTasks") == "true"
        chosen = [
            task
            for task, state in self._states[connector].items()
            if (task is None or with_tasks) and (state == FAILED or not only_failed)
        ]
        for task in chosen:
            self._begin(connector, task)
        if not (only_failed or with_tasks):
            return Reply(204)
        restarting = {task: RESTARTING if task in chosen else state for task, state in self._states[connector].items()}
        return Reply(202, self._status(connector, restarting))

    def _begin(self, connector: str, task: int | None) -> None:
        self.restarts.append((connector, task))
        self._states[connector][task] = FAILED if self.failing else RUNNING

    def _described(self, connector: str) -> dict[str, Any]:
        config = {"connector.class": "io.debezium.connector.mysql.MySqlConnector", "topic.prefix": connector}
        info = {"name": connector, "config": {**config, **self.configs.get(connector, {})}, "type": "source"}
        return {"status": self._status(connector), "info": info}

    def _status(self, connector: str, states: dict[int | None, str] | None = None) -> dict[str, Any]:
        known = states or self._states[connector]
        worker = {"worker_id": "10.0.0.7:8083"}
        tasks = [
            {"id": task, "state": state, **worker, **({"trace": TRACE} if state == FAILED else {})}
            for task, state in known.items()
            if task is not None
        ]
        own = {"state": known[None], **worker}
        return {"name": connector, "connector": own, "tasks": tasks, "type": "source"}


def _not_found(message: str) -> Reply:
    return Reply(404, {"error_code": 404, "message": message})
