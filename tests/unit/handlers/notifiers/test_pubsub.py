"""Events on a topic of a local Pub/Sub server; tests/e2e/test_pubsub_emulator.py publishes to the emulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.platform.http import Reply
from handlers.notifiers import pubsub
from handlers.notifiers.pubsub import Params
from shared.clients import Clients
from shared.errors import ActionError, ChannelError
from tests.support.receiver import Receiver, context_with

pytestmark = pytest.mark.server
TOPIC = "projects/example-project/topics/incidents"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(Reply(200, {"messageIds": ["17"]})) as server:
        yield server


def publish(receiver: Receiver, topic: str = TOPIC) -> str:
    made = context_with({"HINOMI_PUBSUB_TOPIC": topic})
    settings = replace(made.settings, pubsub_endpoint=receiver.url)
    return pubsub.run(replace(made, settings=settings, clients=Clients(settings)), Params()).text.en


def test_a_message_has_the_event_and_attributes_to_filter_by(receiver: Receiver) -> None:
    assert publish(receiver) == f"event published to {TOPIC}: message 17"
    (request,) = receiver.requests
    assert "/".join(request.parts) == f"v1/{TOPIC}:publish"
    (message,) = request.body["messages"]
    assert message["orderingKey"] == "incidents/42"
    assert message["attributes"] == {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "type": "hinomi.incident.opened.v1",
        "subject": "incidents/42",
        "kind": "irregular_access",
        "severity": "high",
        "service": "storage",
        "rule": "storage/bucket_made_public",
    }
    assert json.loads(base64.b64decode(message["data"]))["data"]["incident"]["title"] == "Bucket made public"


@pytest.mark.parametrize(
    "topic", ["incidents", "projects/p/topics/x?y", f"{TOPIC}:publish/../..", "projects/a b/topics/xyz"]
)
def test_what_is_not_a_topic_is_not_called(receiver: Receiver, topic: str) -> None:
    with pytest.raises(ChannelError, match="is not a topic"):
        publish(receiver, topic)
    assert receiver.requests == []


@pytest.mark.parametrize("body", [b"<html>", {}, {"messageIds": []}])
def test_a_response_without_a_message_id_is_tried_again(receiver: Receiver, body: object) -> None:
    receiver.always = Reply(200, body)
    with pytest.raises(ActionError) as caught:
        publish(receiver)
    assert not caught.value.permanent
