"""A Debezium connector whose task fails; the load check reads the failure and the recovery from Kafka Connect."""

from __future__ import annotations

from dataclasses import dataclass

from demo.platform.messaging.kafka_connect import FAILED, RUNNING, ConnectServer
from demo.stage import Stage

PART = "Kafka"
SERVICE, CONNECTOR, TASK = "kafka", "orders-cdc", 0
RULE = "restart-connector"
CONNECTION = "cdc"
WATCH_SECONDS = 1.0


@dataclass
class Connector:
    """A connector that copies a table of orders."""

    stage: Stage
    connect: ConnectServer

    def __post_init__(self) -> None:
        self.connect.add(CONNECTOR)

    def fail(self) -> None:
        """Lets the connector's task fail."""
        self.connect.set_state(CONNECTOR, FAILED, TASK)
        self.stage.fails(PART, f"task {TASK} of the connector {CONNECTOR} stopped")
        self.stage.later(WATCH_SECONDS, self._watch)

    def _watch(self) -> None:
        """Shows the recovery when the task runs again."""
        if self.connect.states(CONNECTOR)[TASK] != RUNNING:
            self.stage.later(WATCH_SECONDS, self._watch)
            return
        self.stage.recovers(PART, f"task {TASK} of {CONNECTOR} was restarted and runs")
