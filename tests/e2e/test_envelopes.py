"""The three forms of a message that a real functions-framework process receives, and rejected messages."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.engine import make_engine
from db.error_db.models import Incident, Occurrence, RejectedMessage
from db.first_use import open_error_store
from demo import entries
from tests.support.function_process import ROOT, FunctionProcess, free_port, push_body

CE_HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    "ce-source": "//pubsub.googleapis.com/projects/p/topics/t",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    database = f"sqlite:///{tmp_path_factory.mktemp('e2e')}/error.db"
    open_error_store(database)
    return database


@pytest.fixture(scope="module")
def function(url: str) -> Iterator[FunctionProcess]:
    with FunctionProcess({"HINOMI_ERROR_DB_URL": url}) as process:
        yield process


def count(url: str, table: type) -> int:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()
    finally:
        engine.dispose()


def failed_task(dag: str) -> entries.Entry:
    return entries.airflow_task(datetime.now(UTC), dag, "merge", "scheduled__2026-01-02", "FAILED", attempt=3)


def test_a_push_of_the_deployed_subscription_opens_an_incident(function: FunctionProcess, url: str) -> None:
    before = count(url, Incident)
    status, text = function.post(push_body(failed_task("pushed")))
    assert (status, text.split()[0]) == (200, "incident")
    assert count(url, Incident) == before + 1


def test_the_binary_cloud_event_of_a_trigger_opens_an_incident(function: FunctionProcess, url: str) -> None:
    before = count(url, Incident)
    assert function.post(push_body(failed_task("binary")), CE_HEADERS)[0] == 200
    assert count(url, Incident) == before + 1


def test_a_structured_cloud_event_opens_an_incident(function: FunctionProcess, url: str) -> None:
    before = count(url, Incident)
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "s",
        "type": "t",
        "data": json.loads(push_body(failed_task("structured"))),
    }
    body = json.dumps(event).encode()
    assert function.post(body, {"Content-Type": "application/cloudevents+json"})[0] == 200
    assert count(url, Incident) == before + 1


def test_a_second_delivery_under_another_message_id_changes_nothing(function: FunctionProcess, url: str) -> None:
    entry = failed_task("twice")
    assert function.push(entry, "100") == 200
    before = count(url, Occurrence)
    assert function.push(entry, "101") == 200
    assert count(url, Occurrence) == before


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b'{"a": 1}', push_body(b"***"), push_body([1]), push_body(b"\x00" * 10_000_000)]
)
def test_an_unreadable_message_is_stored_whole_and_acknowledged(
    function: FunctionProcess, url: str, body: bytes
) -> None:
    before = count(url, RejectedMessage)
    status, text = function.post(body)
    assert (status, text.split(":")[0]) == (200, "rejected")
    assert count(url, RejectedMessage) == before + 1


def test_a_rejected_message_is_stored_byte_for_byte(function: FunctionProcess, url: str) -> None:
    body = push_body(b"\xff\x00 not json", "message-7")
    function.post(body)
    engine = make_engine(url)
    with engine.connect() as connection:
        row = connection.execute(select(RejectedMessage).where(RejectedMessage.message_id == "message-7")).one()
    engine.dispose()
    assert row.body == body
    assert "not JSON" in row.reason


def test_an_unavailable_database_makes_pubsub_redeliver() -> None:
    away = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none?connect_timeout=2"
    with FunctionProcess({"HINOMI_ERROR_DB_URL": away}) as process:
        assert process.push(failed_task("away")) == 500
        assert process.post(b"nonsense")[0] == 500
        assert process.push({"textPayload": "nothing to see", "logName": "l", "resource": {}}) == 200


def documented_trigger() -> dict[str, str]:
    """The options of the command in docs/deploying.md that deploys a function with a trigger."""
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^gcloud functions deploy .*--trigger-topic=.*$", text, re.MULTILINE)
    return dict(word[2:].split("=", 1) for word in command.split() if word.startswith("--") and "=" in word)


def test_the_documented_command_for_a_trigger_starts_a_function_that_accepts_the_kind_of_its_topic(
    tmp_path: Path,
) -> None:
    options = documented_trigger()
    settings = dict(pair.split("=", 1) for pair in options["set-env-vars"].split(","))
    database = f"sqlite:///{tmp_path}/error.db"
    environ = {**settings, "K_SERVICE": "f", "FUNCTION_SIGNATURE_TYPE": "cloudevent", "HINOMI_ERROR_DB_URL": database}
    own_topic = f"//pubsub.googleapis.com/projects/{options['project']}/topics/{options['trigger-topic']}"
    with FunctionProcess(environ, target=options["entry-point"]) as started:

        def deliver(body: bytes, number: str, source: str = own_topic) -> None:
            assert started.post(body, {**CE_HEADERS, "ce-id": number, "ce-source": source})[0] in (200, 204)

        deliver(push_body(failed_task("triggered")), "1")
        assert (count(database, Incident), count(database, RejectedMessage)) == (1, 0)
        deliver(push_body({"tick": "sweep"}, "2"), "2")
        deliver(push_body(failed_task("elsewhere"), "3"), "3", CE_HEADERS["ce-source"])
        assert count(database, RejectedMessage) == 2
