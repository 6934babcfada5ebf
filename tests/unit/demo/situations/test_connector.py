"""The connector of the demo, which the load check reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from demo.platform.messaging.kafka_connect import FAILED, RUNNING, ConnectServer
from demo.screen import Screen, make_console
from demo.situations.connector import CONNECTOR, TASK, Connector
from demo.stage import Stage
from shared.clients import Clients
from shared.kafka.observation import KafkaObservation
from shared.kafka.probe import observe
from tests.support.kafka import kafka_settings

pytestmark = pytest.mark.server  # the simulated Kafka Connect listens


def test_the_load_check_sees_the_failed_task_and_that_it_runs_again() -> None:
    published: list[dict[str, Any]] = []
    stage = Stage(published.append, Screen(make_console(record=False), live=False, total=1), time_scale=0)
    with ConnectServer() as server:

        def look() -> KafkaObservation:
            return observe(Clients(kafka_settings(server.url)), "cdc", datetime.now(UTC))

        connector = Connector(stage, server)
        connector.fail()
        assert [task.state for task in look().connectors[0].failed_tasks] == [FAILED]
        server.set_state(CONNECTOR, RUNNING, TASK)
        assert look().connectors[0].runs
    assert published == []  # nothing reports it
