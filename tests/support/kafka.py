"""Settings with a connection to Kafka Connect, and observations of its connectors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared import config
from shared.config import Settings
from shared.connections import kafka_connect
from shared.kafka.observation import ConnectorState, KafkaObservation, ReplicationSlot, SourceState, TaskState
from shared.secret import Secret

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
POSTGRES = "io.debezium.connector.postgresql.PostgresConnector"


def kafka_settings(url: str, **variables: str) -> Settings:
    """Settings with the connection `cdc`; `variables` are the ends of names of its further variables, such as BROKERS."""
    given = {"URL": url, **variables}
    environment = {f"HINOMI_KAFKA_CONNECT_CDC_{name}": Secret(value) for name, value in given.items()}
    return replace(config.Settings(), connections={"kafka_connect": kafka_connect.read(environment)})


def connector(name: str = "orders-cdc", *tasks: str, **values: Any) -> ConnectorState:
    """A Debezium connector with tasks in these states; by default one running task."""
    made = tuple(
        TaskState(number, state, error="it broke" if state == "FAILED" else "", trace="t1" if state == "FAILED" else "")
        for number, state in enumerate(tasks or ("RUNNING",))
    )
    given = {"state": "RUNNING", "class_name": POSTGRES, "database": "shop", "slot": "orders", **values}
    return ConnectorState(name, tasks=made, **given)


def slot(**values: Any) -> ReplicationSlot:
    """The replication slot that this connector reads."""
    given = {"active": True, "wal_status": "reserved", "retained": 0, "behind": 0, "confirmed": 100, "written": 100}
    return ReplicationSlot("shop", "orders", **{**given, **values})


def observed(minutes: float, *connectors: ConnectorState, **values: Any) -> KafkaObservation:
    """An observation made the given number of minutes before NOW."""
    slots = values.pop("slots", (slot(),))
    given = {"sources": (SourceState("shop"),), "slots": slots, **values}
    return KafkaObservation("cdc", NOW - timedelta(minutes=minutes), connectors=connectors, **given)
