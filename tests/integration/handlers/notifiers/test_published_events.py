"""The calls of notifiers that use Google Cloud permissions; the recorder compares them with the declared permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.platform.messaging.pubsub import PubSubServer
from handlers import registry
from handlers.notifiers import pubsub
from shared.clients import Clients
from tests.support.receiver import context_with

TOPIC = "projects/example-project/topics/incidents"


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    with PubSubServer() as running:
        running.add_topic(TOPIC)
        yield running


@pytest.mark.permissions
def test_an_event_is_published_with_the_declared_permission_alone(server: PubSubServer) -> None:
    context = context_with({"HINOMI_PUBSUB_TOPIC": TOPIC})
    settings = replace(context.settings, pubsub_endpoint=server.url)
    published = registry.find(pubsub.NAME).run(
        replace(context, settings=settings, clients=Clients(settings)), pubsub.Params()
    )
    assert published.text.en == f"event published to {TOPIC}: message 1"
    assert ["/".join(request.parts) for request in server.requests] == [f"v1/{TOPIC}:publish"]
