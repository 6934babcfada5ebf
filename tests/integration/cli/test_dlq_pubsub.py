"""`hinomi dlq` with the Pub/Sub emulator."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cli.app import run
from cli.dead_letters import pubsub
from collectors.metrics_analysis import envelope
from db.error_db.models import Occurrence, RejectedMessage
from db.error_db.store import ErrorStore
from main import Application
from shared import config
from tests.support import replay_process
from tests.support.bus import PROJECT, Bus, opened
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

# test_dlq.py runs the statements of these commands on both databases.
pytestmark = [pytest.mark.emulator, pytest.mark.sqlite]

REPORT = {"report": "airflow", "job": "nightly", "state": "failed"}
FORWARDED = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-11-20T08:00:00Z",
}


@pytest.fixture(scope="module")
def rules_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rules_with(tmp_path_factory.mktemp("rules"), "airflow")


@pytest.fixture
def bus(
    pubsub_address: str, store: ErrorStore, error_db_url: str, monkeypatch: pytest.MonkeyPatch, rules_dir: Path
) -> Iterator[Bus]:
    del store
    monkeypatch.setenv("HINOMI_RULES_DIR", str(rules_dir))
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    monkeypatch.setattr("cli.dead_letters.pubsub.PATIENCE", (1.0, 0.2))
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
    assert (first[0]["reason"], first[0]["attempts"]) == ("delivered 5 times without success", 5)
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


def test_dead_letters_beyond_the_limit_are_mentioned(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        bus.bury(f"[{number}]".encode())
    assert run(["dlq", "replay", "--all", "--limit", "2"]) == 0
    assert "may have more messages than the limit of 2" in capsys.readouterr().out
    assert len(listed(capsys)) == 1


def test_a_dead_letter_that_cannot_be_published_is_not_lost(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = bus.bury(b"{}")
    monkeypatch.setenv("HINOMI_EVIDENCE_TOPIC", f"{PROJECT}/topics/no-such-topic")
    assert run(["dlq", "replay", "--all"]) == 1
    assert [row["id"] for row in listed(capsys)] == [f"d{message_id}"]


def test_local_processes_a_dead_letter_in_this_process(bus: Bus, store: ErrorStore) -> None:
    bus.bury(json.dumps(REPORT).encode(), **FORWARDED)
    assert run(["dlq", "replay", "--all", "--local"]) == 0
    with store.reading() as session:
        (occurrence,) = session.scalars(select(Occurrence)).all()
    assert occurrence.time == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert bus.arrived(0) == []


@pytest.mark.both_databases
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
    assert "r1 was already replayed" in capsys.readouterr().out
    with store.reading() as session:
        assert session.scalars(select(RejectedMessage.replayed_at)).one() is not None


def test_a_request_that_was_not_a_message_cannot_be_published(
    bus: Bus, store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store.reject(message_id="", body=b"nonsense", reason="odd", attributes={}, now=datetime.now(UTC))
    assert run(["dlq", "replay", "--all"]) == 1
    assert capsys.readouterr().err == "r1: r1 was not a Pub/Sub message: replay it with --local\n"
    assert bus.arrived(0) == []


def test_a_missing_subscription_is_invalid_input(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_DEAD_LETTER_SUBSCRIPTION", f"{bus.dead}x")
    assert run(["dlq", "list"]) == 2
    assert f"{bus.dead}x: " in capsys.readouterr().err


def test_dead_letters_are_read_and_replayed_without_the_database(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", "postgresql+psycopg://hinomi@127.0.0.1:1/hinomi")
    message_id = bus.bury(b"{}", **FORWARDED)
    assert run(["dlq", "list", "--from", "dead-letter"]) == 0
    assert f"d{message_id}" in capsys.readouterr().out
    assert run(["dlq", "replay", f"d{message_id}"]) == 0
    assert len(bus.arrived()) == 1


@pytest.fixture
def lone_bus(
    pubsub_address: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Bus, dict[str, str]]]:
    """Separate topics, subscriptions and settings for the test that waits for a lease to expire."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    monkeypatch.setattr("cli.dead_letters.pubsub.PATIENCE", (1.0, 0.2))
    with opened() as bus:
        settings = {
            "PUBSUB_EMULATOR_HOST": pubsub_address,
            "HINOMI_ERROR_DB_URL": sqlite_url,
            "HINOMI_EVIDENCE_TOPIC": bus.topic,
            "HINOMI_DEAD_LETTER_SUBSCRIPTION": bus.dead,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield bus, settings


@pytest.mark.slow
def test_a_dead_letter_is_leased_for_as_long_as_a_replay_takes(
    lone_bus: tuple[Bus, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    bus, _ = lone_bus
    bus.bury(b"{}")
    with pubsub.subscription(bus.dead) as dead:
        (message,) = dead.messages(10)
        dead.until = time.monotonic()
        dead.renew_lease()
        time.sleep(pubsub.SHORTEST_LEASE + 1)
        assert listed(capsys) == []
        dead.acknowledge(message)


@pytest.mark.slow
def test_a_replay_killed_after_publishing_is_run_again_and_loses_nothing(
    lone_bus: tuple[Bus, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    bus, settings = lone_bus
    message_id = bus.bury(json.dumps(REPORT).encode(), **FORWARDED)
    assert replay_process.killed_before_it_settles(["dlq", "replay", "--all"], settings)
    deadline = time.monotonic() + 30 * pubsub.SHORTEST_LEASE
    while listed(capsys) == [] and time.monotonic() < deadline:
        time.sleep(2)
    assert run(["dlq", "replay", f"d{message_id}"]) == 0
    assert listed(capsys) == []
    arrived = bus.arrived(2)
    assert [message.attributes[envelope.ORIGINAL_ID] for message in arrived] == [message_id] * 2
    assert occurrences(settings, arrived) == 1


def occurrences(settings: dict[str, str], arrived: list[Any]) -> int:
    """Handles these messages; returns the number of occurrences of the report."""
    application = Application(config.load(settings))
    for message in arrived:
        body = push_body(REPORT, message.message_id, attributes=dict(message.attributes))
        application.pipeline.handle(body, datetime.now(UTC))
    with application.store().reading() as session:
        found = len(session.scalars(select(Occurrence)).all())
    application.store().engine.dispose()
    return found
