"""`hinomi dlq` with a real Pub/Sub: the emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cli.app import run
from collectors.metrics_analysis import envelope
from db.error_db.models import Occurrence, RejectedMessage
from db.error_db.store import ErrorStore
from tests.support import emulator
from tests.support.bus import PROJECT, Bus, opened
from tests.support.function_process import push_body

pytestmark = pytest.mark.emulator

REPORT = {"report": "airflow", "job": "nightly", "state": "failed"}
FORWARDED = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-11-20T08:00:00Z",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = emulator.program()
    if script is None:
        pytest.skip("the Pub/Sub emulator of the gcloud CLI, or Java, is not installed")
    with emulator.running(script, tmp_path_factory.mktemp("emulator")) as found:
        yield found


@pytest.fixture
def bus(address: str, store: ErrorStore, error_db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    del store
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", address)
    monkeypatch.setattr("cli.pubsub.PATIENCE", (1.0, 0.2))
    with opened() as bus:
        monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
        monkeypatch.setenv("HINOMI_EVIDENCE_TOPIC", bus.topic)
        monkeypatch.setenv("HINOMI_DEAD_LETTER_SUBSCRIPTION", bus.dead)
        yield bus


def listed(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    capsys.readouterr()
    assert run(["dlq", "list", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out))


def test_a_dead_letter_is_listed_and_stays(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    message_id = bus.bury(b"{}", **FORWARDED)
    first, second = listed(capsys), listed(capsys)
    assert [row["id"] for row in first] == [f"d{message_id}"]
    assert first[0]["reason"] == "delivered 5 times without success"
    assert first == second


def test_a_replayed_dead_letter_is_published_as_it_was_and_acknowledged(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    message_id = bus.bury(b'{"a": 1}', team="data", **FORWARDED)
    assert run(["dlq", "replay", f"d{message_id}"]) == 0
    (message,) = bus.arrived()
    assert message.data == b'{"a": 1}'
    assert dict(message.attributes) == {
        "team": "data",
        envelope.ORIGINAL_ID: message_id,
        envelope.ORIGINAL_TIME: "2026-11-20T08:00:00Z",
    }
    assert listed(capsys) == []


def test_a_dead_letter_that_cannot_be_published_is_not_lost(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = bus.bury(b"{}")
    monkeypatch.setenv("HINOMI_EVIDENCE_TOPIC", f"{PROJECT}/topics/no-such-topic")
    assert run(["dlq", "replay", "--all"]) == 1
    assert [row["id"] for row in listed(capsys)] == [f"d{message_id}"]


def test_a_dead_letter_is_handled_here_with_local(bus: Bus, store: ErrorStore) -> None:
    bus.bury(json.dumps(REPORT).encode(), **FORWARDED)
    assert run(["dlq", "replay", "--all", "--local"]) == 0
    with store.reading() as session:
        (occurrence,) = session.scalars(select(Occurrence)).all()
    assert occurrence.time == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert bus.arrived() == []


def test_a_rejected_message_is_published_again_once(
    bus: Bus, store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    body = push_body(REPORT, "m-7", attributes={"team": "data"})
    now = datetime.now(UTC)
    store.reject(message_id="m-7", body=body, reason="odd", attributes={"team": "data"}, now=now)
    assert run(["dlq", "replay", "--all"]) == 0
    assert run(["dlq", "replay", "r1"]) == 0
    (message,) = bus.arrived()
    assert json.loads(message.data) == REPORT
    assert (message.attributes["team"], message.attributes[envelope.ORIGINAL_ID]) == ("data", "m-7")
    assert "r1 was replayed before" in capsys.readouterr().out
    with store.reading() as session:
        assert session.scalars(select(RejectedMessage.replayed_at)).one() is not None


def test_a_request_that_was_no_message_cannot_be_published(
    bus: Bus, store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store.reject(message_id="", body=b"nonsense", reason="odd", attributes={}, now=datetime.now(UTC))
    assert run(["dlq", "replay", "--all"]) == 1
    assert capsys.readouterr().err == "r1: r1 was no Pub/Sub message: replay it with --local\n"
    assert bus.arrived() == []


def test_a_subscription_that_is_not_there_is_bad_input(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_DEAD_LETTER_SUBSCRIPTION", f"{bus.dead}x")
    assert run(["dlq", "list"]) == 2
    assert f"{bus.dead}x: " in capsys.readouterr().err
