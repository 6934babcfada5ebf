"""The real Pub/Sub emulator pushes to a real function."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select

from db.engine import make_engine
from db.error_db.models import Occurrence, RejectedMessage
from demo import entries
from tests.support.databases import sqlite_copy
from tests.support.function_process import ANSWER_SECONDS, FunctionProcess
from tests.support.reporters import rules_with

pytestmark = pytest.mark.emulator

TOPIC = "projects/example-project/topics/evidence"
REPORTERS = ("airflow", "dq")
WAIT_SECONDS = 120.0


@pytest.fixture
def publish(pubsub_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    with pubsub_v1.PublisherClient() as publisher:
        publisher.create_topic(name=TOPIC)
        yield lambda data: publisher.publish(TOPIC, data).result(timeout=ANSWER_SECONDS) and None
        publisher.delete_topic(topic=TOPIC)


def subscribe(url: str, topic: str = TOPIC) -> None:
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]
    from google.pubsub_v1.types import PushConfig

    with pubsub_v1.SubscriberClient() as subscriber:
        name = f"projects/example-project/subscriptions/s{time.monotonic_ns()}"
        subscriber.create_subscription(name=name, topic=topic, push_config=PushConfig(push_endpoint=url))


@pytest.fixture
def reporter_topics(pubsub_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], None]]:
    """Publishes to the topic of a reporter."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    with pubsub_v1.PublisherClient() as publisher:
        for name in REPORTERS:
            publisher.create_topic(name=topic_of(name))
        yield lambda name, data: publisher.publish(topic_of(name), data).result(timeout=ANSWER_SECONDS) and None
        for name in REPORTERS:
            publisher.delete_topic(topic=topic_of(name))


def topic_of(reporter: str) -> str:
    return f"projects/example-project/topics/hinomi-reports-{reporter}"


def wait_for(url: str, table: type, rows: int) -> int:
    engine = make_engine(url)
    deadline = time.monotonic() + WAIT_SECONDS
    found = 0
    while found < rows and time.monotonic() < deadline:
        time.sleep(0.1)
        with engine.connect() as connection:
            found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return found


def entry(dag: str) -> bytes:
    return orjson.dumps(entries.airflow_task(datetime.now(UTC), dag, "merge", "run-1", "FAILED", attempt=3))


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    return sqlite_copy(sqlite_template, tmp_path / "error.db")


def test_a_published_entry_becomes_an_occurrence(publish: Callable[[bytes], None], url: str) -> None:
    with FunctionProcess({"HINOMI_ERROR_DB_URL": url}) as function:
        subscribe(function.url)
        publish(entry("emulated"))
        assert wait_for(url, Occurrence, 1) == 1


def test_an_unreadable_message_is_stored_and_not_redelivered(publish: Callable[[bytes], None], url: str) -> None:
    with FunctionProcess({"HINOMI_ERROR_DB_URL": url}) as function:
        subscribe(function.url)
        publish(b"\x00nonsense")
        publish(entry("after-it"))
        assert wait_for(url, Occurrence, 2) == 2  # the entry, and the incident about the rejection
        assert wait_for(url, RejectedMessage, 1) == 1


def test_messages_published_during_an_outage_are_delivered_later(publish: Callable[[bytes], None], url: str) -> None:
    function = FunctionProcess({"HINOMI_ERROR_DB_URL": url})
    subscribe(function.url)
    publish(entry("while-dead"))
    with function.start():
        assert wait_for(url, Occurrence, 1) == 1


def test_a_function_triggered_by_a_topic_processes_its_messages(publish: Callable[[bytes], None], url: str) -> None:
    environ = {"HINOMI_ERROR_DB_URL": url, "FUNCTION_SIGNATURE_TYPE": "cloudevent"}
    with FunctionProcess(environ, target="metrics_analysis_event") as function:
        # A push of the emulator has no ce- headers: the framework reads the topic from the path.
        subscribe(f"{function.url}{TOPIC}?pubsub_trigger=true")
        publish(entry("triggered"))
        assert wait_for(url, Occurrence, 1) == 1


def test_a_reporter_may_report_only_in_its_own_name(
    reporter_topics: Callable[[str, bytes], None], url: str, tmp_path: Path
) -> None:
    settings = {"HINOMI_ERROR_DB_URL": url, "HINOMI_RULES_DIR": str(rules_with(tmp_path, *REPORTERS))}
    report = orjson.dumps({"report": "airflow", "job": "nightly", "state": "failed"})
    with FunctionProcess(settings) as function:
        for name in REPORTERS:
            subscribe(f"{function.url}reports/{name}", topic_of(name))
        for name in REPORTERS:
            reporter_topics(name, report)
        assert wait_for(url, RejectedMessage, 1) == 1
        assert wait_for(url, Occurrence, 2) == 2  # the report of airflow, and the incident about that of dq
    engine = make_engine(url)
    with engine.connect() as connection:
        reason = connection.execute(select(RejectedMessage.reason)).scalar_one()
    engine.dispose()
    assert reason.startswith("from the reporter 'dq': the report names 'airflow', but a reporter publishes to its own")


def test_a_notification_arrives_at_a_subscription(pubsub_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    from cli.app import run

    topic, subscription = (f"projects/example-project/{kind}/incidents" for kind in ("topics", "subscriptions"))
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    monkeypatch.setenv("HINOMI_PUBSUB_ENDPOINT", f"http://{pubsub_address}")
    monkeypatch.setenv("HINOMI_PUBSUB_TOPIC", topic)
    monkeypatch.setattr("handlers.notifiers.pubsub.TIMEOUT_SECONDS", ANSWER_SECONDS)
    with pubsub_v1.PublisherClient() as publisher, pubsub_v1.SubscriberClient() as subscriber:
        assert run(["notify-test", "--notifier", "pubsub"]) == 1
        publisher.create_topic(name=topic)
        subscriber.create_subscription(request={"name": subscription, "topic": topic, "enable_message_ordering": True})
        assert run(["notify-test", "--notifier", "pubsub"]) == 0
        (received,) = subscriber.pull(subscription=subscription, max_messages=1).received_messages
        publisher.delete_topic(topic=topic)
    assert orjson.loads(received.message.data)["type"] == "hinomi.test.v1"
    assert (received.message.attributes["type"], received.message.ordering_key) == ("hinomi.test.v1", "test")
