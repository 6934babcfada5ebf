"""The calls of the Kafka Connect REST API that restart_connector needs.

Formats: kafka.apache.org/documentation, "Connect REST API"; KIP-745 describes the restart of a connector with its failed
tasks (Kafka 3.0), which answers 202. 409 means that the workers rebalance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.errors import check
from handlers.remediations.model import Call
from shared.errors import ActionError
from shared.lazy.dataclass import dataclass
from shared.texts import Text, joined
from shared.texts.remediations import kafka as texts

if TYPE_CHECKING:
    from shared.connections.kafka_connect import KafkaConnectServer

FAILED, RUNNING = "FAILED", "RUNNING"
BY_PERSON = ("PAUSED", "STOPPED")
ONLY_FAILED = {"includeTasks": "true", "onlyFailed": "true"}


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """The states of a connector and of its tasks by number, such as RUNNING, FAILED, PAUSED, RESTARTING, UNASSIGNED."""

    connector: str
    tasks: Mapping[int, str]

    def failed_tasks(self, task: int | None) -> list[int]:
        """The failed tasks; only the given task if there is one."""
        return [number for number, state in self.tasks.items() if state == FAILED and task in (None, number)]

    def has_failed(self, task: int | None) -> bool:
        """Whether the connector or one of its tasks (only the given one) failed."""
        return self.connector == FAILED or bool(self.failed_tasks(task))

    def runs(self, task: int | None) -> bool:
        """Whether the connector and its tasks (only the given one) are running."""
        own = [state for number, state in self.tasks.items() if task in (None, number)]
        return self.connector == RUNNING and bool(own) and set(own) == {RUNNING}

    @property
    def text(self) -> Text:
        """The states as text."""
        tasks = [texts.TASK_STATE(task=number, state=state) for number, state in self.tasks.items()]
        return joined([texts.CONNECTOR_STATE(state=self.connector), *tasks])

    def as_dict(self) -> dict[str, Any]:
        """The states as JSON."""
        return {"connector": self.connector, "tasks": {str(number): state for number, state in self.tasks.items()}}


class ConnectApi:
    """The REST API of one Connect cluster. `setting` is the variable of its URL."""

    def __init__(self, server: KafkaConnectServer, setting: str) -> None:
        self.session = server.session
        self._url = server.url
        self._setting = setting

    def status(self, connector: str) -> ConnectorStatus:
        """The states of a connector. Raises ActionError, with status 404 if there is no such connector."""
        call = texts.READ_STATUS(connector=connector)
        response = check(self.session.get(self._path(connector, "status"), allow_redirects=False), call)
        try:
            body = response.json()
            tasks = {int(task["id"]): str(task["state"]) for task in body["tasks"]}
            name, state = body["name"], str(body["connector"]["state"])
        except (ValueError, KeyError, TypeError) as error:
            unreadable = texts.BAD_STATUS(connector=connector, setting=self._setting)
            raise ActionError(unreadable, permanent=True) from error
        if name != connector:
            raise ActionError(texts.BAD_STATUS(connector=connector, setting=self._setting), permanent=True)
        return ConnectorStatus(state, dict(sorted(tasks.items())))

    def restart_task(self, connector: str, task: int) -> Call:
        """The call that restarts one task."""
        does = texts.RESTART(what=texts.TASK(task=task, connector=connector))
        return Call(does, "POST", self._path(connector, "tasks", str(task), "restart"))

    def restart_connector(self, connector: str) -> Call:
        """The call that restarts a connector and its tasks, as far as they failed."""
        does = texts.RESTART(what=texts.CONNECTOR(connector=connector))
        url = self._path(connector, "restart")
        return Call(does, "POST", url, query=ONLY_FAILED, shows=ONLY_FAILED)

    def _path(self, *parts: str) -> str:
        return "/".join([self._url, "connectors", *(quote(part, safe="") for part in parts)])
