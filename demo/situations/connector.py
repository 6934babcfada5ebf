"""A connector of Debezium whose task fails; a probe beside Kafka Connect reports it, and again that it runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from demo.platform.messaging.kafka_connect import FAILED, RUNNING, ConnectServer
from demo.stage import Stage
from shared.config import ROOT

PART = "Kafka"
PROBE, CONNECTOR, TASK = "kafka", "orders-cdc", 0
RULE = "restart-connector"
CONNECTION = "cdc"
PROBE_SECONDS = 2.0
DECLARATION = """# The reporters of the demo.
reporters:
  - name: kafka
    resource: ['*-cdc']
"""


@dataclass
class Connector:
    """A connector that copies a table of orders, and its probe."""

    stage: Stage
    connect: ConnectServer

    def __post_init__(self) -> None:
        self.connect.add(CONNECTOR)

    def fail(self) -> None:
        """Its task stops."""
        self.connect.set_state(CONNECTOR, FAILED, TASK)
        self._report("failed", f"task {TASK} of {CONNECTOR} is FAILED: the replication slot is active")
        self.stage.fails(PART, f"task {TASK} of the connector {CONNECTOR} stopped")
        self.stage.later(PROBE_SECONDS, self._probe)

    def _probe(self) -> None:
        """Reports that the task runs, once it does."""
        if self.connect.states(CONNECTOR)[TASK] != RUNNING:
            self.stage.later(PROBE_SECONDS, self._probe)
            return
        self._report("ok", f"{CONNECTOR} runs")
        self.stage.recovers(PART, f"task {TASK} of {CONNECTOR} was restarted and runs")

    def _report(self, state: str, summary: str) -> None:
        time = self.stage.now.isoformat()
        self.stage.publish({"report": PROBE, "job": CONNECTOR, "state": state, "summary": summary, "time": time})


def declare_probe(folder: Path) -> Path:
    """Copies the rules into a folder, with the probe as a reporter; returns the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "rules", folder)
    (folder / "reporters.yaml").write_text(DECLARATION, encoding="utf-8")
    return folder
