"""The rule kafka/connect_task_failed: the failed tasks of a connector share an incident, which restart_connector repairs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from demo.entries import Entry
from demo.platform.messaging.kafka_connect import FAILED, ConnectServer
from handlers.actions.kafka import restart_connector
from shared.config import Settings
from shared.connections.kafka_connect import KafkaConnectConnection
from tests.support.audited import play
from tests.support.findings import at
from tests.support.remediating import remediate
from tests.support.shipped_rules import compiled

CONNECTOR = "orders-cdc"


def line(minute: float, text: str, *, connector: str = CONNECTOR, task: int = 0, namespace: str = "kafka") -> Entry:
    """A line of the log of Kafka Connect in a container."""
    labels = {"project_id": "example-project", "cluster_name": "streaming", "namespace_name": namespace}
    return {
        "logName": "projects/example-project/logs/stdout",
        "insertId": f"{minute}-{connector}-{task}-{text[:3]}",
        "timestamp": at(minute).isoformat().replace("+00:00", "Z"),
        "severity": "INFO",
        "resource": {"type": "k8s_container", "labels": labels},
        "textPayload": f"[{connector}|task-{task}] WorkerSourceTask{{id={connector}-{task}}} {text}",
    }


KILLED, STARTED = "Task threw an uncaught and unrecoverable exception", "Source task finished initialization and start"


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([line(0, KILLED), line(1, KILLED, task=1)], [(CONNECTOR, "open")]),
        ([line(0, KILLED), line(1, KILLED, task=1), line(5, STARTED)], [(CONNECTOR, "open")]),
        (
            [line(0, KILLED), line(1, KILLED, task=1), line(5, STARTED), line(6, STARTED, task=1)],
            [(CONNECTOR, "resolved")],
        ),
        ([line(0, KILLED), line(5, STARTED, namespace="other")], [(CONNECTOR, "open")]),
        ([line(0, KILLED), line(1, KILLED, connector="orders-cdc-2")], [(CONNECTOR, "open"), ("orders-cdc-2", "open")]),
    ],
)
def test_a_connector_is_one_incident_until_each_of_its_tasks_started(
    sqlite_store: ErrorStore, history: Sequence[Entry], expected: list[tuple[str, str]]
) -> None:
    incidents = play(Engine(compiled()), sqlite_store, history)
    assert [(one.resource, one.status) for one in incidents] == expected


def test_the_connector_of_an_incident_is_restarted_with_its_failed_tasks(sqlite_store: ErrorStore) -> None:
    (incident,) = play(Engine(compiled()), sqlite_store, [line(0, KILLED), line(1, KILLED, task=1)])
    with sqlite_store.reading() as session:
        view = load_view(session, incident.id)
    assert view is not None
    with ConnectServer() as server:
        server.add(CONNECTOR, tasks=2)
        server.set_state(CONNECTOR, FAILED, 0)
        server.set_state(CONNECTOR, FAILED, 1)
        settings = Settings(connections={"kafka_connect": {"cdc": KafkaConnectConnection(server.url)}})
        done = remediate(restart_connector, settings, view, params={"kafka_connect": "cdc"})
        assert done.changed
        assert len(server.restarts) == 2
