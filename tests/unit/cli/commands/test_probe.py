"""`hinomi probe kafka`: what it reads on the machine of Kafka Connect is published or printed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.app import run
from collectors.metrics_analysis.detectors import DetectorContext, kafka
from collectors.metrics_analysis.evidence import Report, understand
from demo.platform.messaging.kafka_connect import FAILED, ConnectServer
from demo.platform.messaging.pubsub import PubSubServer
from shared.clients import Clients
from shared.config import Settings
from tests.support.findings import NOON
from tests.support.reporters import reporter

pytestmark = pytest.mark.server
TOPIC = "projects/example-project/topics/hinomi-reports-kafka"


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch) -> Iterator[PubSubServer]:
    """Pub/Sub with the topic of the reporter, and a Kafka Connect with a failed task."""
    server = PubSubServer()
    server.add_topic(TOPIC)
    server.start()
    with ConnectServer() as connect:
        connect.add("orders-cdc")
        connect.set_state("orders-cdc", FAILED, 0)
        monkeypatch.setenv("HINOMI_PROJECT", "example-project")
        monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", server.url)
        monkeypatch.setenv("HINOMI_KAFKA_CONNECT_ONPREM_URL", connect.url)
        yield server
    server.stop()


def published(pubsub: PubSubServer) -> list[dict[str, Any]]:
    return [json.loads(base64.b64decode(message["data"])) for message in pubsub.topics[TOPIC]]


def test_what_it_reads_becomes_the_incident_of_the_connector(
    pubsub: PubSubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["probe", "kafka"]) == 0
    assert capsys.readouterr().out == "Published the state of onprem: 1 connector, 1 failed.\n"
    (sent,) = published(pubsub)
    evidence = understand(sent, received=NOON, message_id="1")
    assert isinstance(evidence, Report)
    context = DetectorContext(NOON, Settings(), Clients(Settings()), [], [reporter("kafka")])
    assert [each.rule for each in kafka.detect(evidence, context)] == ["kafka/connector_failed"]


def test_it_prints_what_it_reads_and_publishes_nothing(
    pubsub: PubSubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["probe", "kafka", "onprem", "--print"]) == 0
    assert json.loads(capsys.readouterr().out)["connectors"][0]["name"] == "orders-cdc"
    assert published(pubsub) == []


def test_an_unknown_connection_and_a_topic_that_is_away_are_said(
    pubsub: PubSubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["probe", "kafka", "other"]) == 2
    assert "HINOMI_KAFKA_CONNECT_OTHER_URL" in capsys.readouterr().err
    pubsub.stop()
    assert run(["probe", "kafka"]) == 1
    assert "The next reading is published instead." in capsys.readouterr().err
    monkeypatch.delenv("HINOMI_KAFKA_CONNECT_ONPREM_URL")
    assert run(["probe", "kafka"]) == 2
