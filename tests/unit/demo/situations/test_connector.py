"""The connector of the demo, and the probe that reports it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.platform.messaging.kafka_connect import RUNNING, ConnectServer
from demo.screen import Screen, make_console
from demo.situations.connector import CONNECTOR, PROBE, TASK, Connector, declare_probe
from demo.stage import Stage

pytestmark = pytest.mark.server  # the simulated Kafka Connect listens


def test_the_probe_reports_the_failure_and_the_end_of_it() -> None:
    reports: list[dict[str, Any]] = []
    stage = Stage(reports.append, Screen(make_console(record=False), live=False, total=1), time_scale=0)
    with ConnectServer() as server:
        connector = Connector(stage, server)
        connector.fail()
        assert [report["state"] for report in reports] == ["failed"]
        server.set_state(CONNECTOR, RUNNING, TASK)
        stage.step()
    assert [(report["job"], report["state"]) for report in reports] == [(CONNECTOR, "failed"), (CONNECTOR, "ok")]


def test_the_probe_is_declared_beside_all_rules(tmp_path: Path) -> None:
    folder = declare_probe(tmp_path / "rules")
    declared = yaml.safe_load((folder / "reporters.yaml").read_text(encoding="utf-8"))
    assert [reporter["name"] for reporter in declared["reporters"]] == [PROBE]
    assert (folder / "composer" / "task_failed.yml").is_file()
