"""A failed job whose table another system reloads when it receives a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.messaging.pubsub import PubSubServer
from shared.config import Settings
from shared.secret import Secret
from tests.support.fault_worlds import NOT_A_CONFLICT, REPEATED, World
from tests.support.findings import finding

TOPIC = "projects/example-project/topics/reloads"
# No call reads the topic before the change; its readers recognize a repeated message by its key.
DIFFERS = {
    **NOT_A_CONFLICT,
    **REPEATED,
    "target removed": {"effects": ("none",)},
    "already corrected": None,
}


@contextmanager
def world() -> Iterator[World]:
    """The topic has no message."""
    with PubSubServer() as server:
        server.add_topic(TOPIC)
        yield World(
            server,
            Settings(pubsub_endpoint=server.url, environment={"HINOMI_PUBLISH_TOPIC_RELOADS": Secret(TOPIC)}),
            finding(),
            is_change=lambda request: request.parts[-1].endswith(":publish"),
            changes=lambda: len({each["attributes"]["idempotency-key"] for each in server.topics.get(TOPIC, [])}),
            correct=lambda: None,
            remove=server.topics.clear,
            params={"topic": "reloads", "body": {"table": {"from": "resource"}}},
        )
