"""A Debezium connector whose task failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.messaging.kafka_connect import FAILED, RUNNING, ConnectServer
from shared.config import Settings
from shared.connections.kafka_connect import KafkaConnectConnection
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

CONNECTOR = "orders-cdc"


@contextmanager
def world() -> Iterator[World]:
    """The task failed because its replication slot was in use."""
    with ConnectServer() as server:
        server.add(CONNECTOR)
        server.set_state(CONNECTOR, FAILED, 0)
        yield World(
            server,
            Settings(connections={"kafka_connect": {"cdc": KafkaConnectConnection(server.url)}}),
            finding(
                rule="report/kafka",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="kafka",
                resource=CONNECTOR,
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.restarts),
            correct=lambda: server.set_state(CONNECTOR, RUNNING, 0),
            remove=lambda: server.remove(CONNECTOR),
            params={"kafka_connect": "cdc"},
        )
