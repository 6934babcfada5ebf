"""A subscription whose reader lost messages that it had acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import Reply, Request
from demo.platform.messaging.pubsub import PubSubServer
from shared.config import Settings
from shared.model import IncidentKind
from tests.support.fault_worlds import REPEATED, World
from tests.support.findings import finding

NAME, TOPIC = "projects/example-project/subscriptions/orders-load", "projects/example-project/topics/orders"
# Pub/Sub does not show where a subscription is, and a second seek to the same time changes nothing.
DIFFERS = {**REPEATED, "already corrected": None}
CALLS_BEFORE = ("made",)  # the snapshot, which undo needs


class SeekServer(PubSubServer):
    """Records the times to which subscriptions were sought."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: set[str] = set()

    def answer(self, request: Request) -> Reply:
        """Answers as Pub/Sub does."""
        reply = super().answer(request)
        if request.parts[-1].endswith(":seek") and reply.status == 200:
            self.moved.add(str(request.body))
        return reply


@contextmanager
def world() -> Iterator[World]:
    """The subscription retains acknowledged messages."""
    with SeekServer() as server:
        server.add_topic(TOPIC)
        server.add_subscription(NAME, TOPIC, retainAckedMessages=True)
        yield World(
            server,
            Settings(pubsub_endpoint=server.url),
            finding(
                rule="load/pubsub_backlog",
                kind=IncidentKind.LOAD_ISSUE,
                service="pubsub",
                resource="example-project/orders-load",
            ),
            is_change=lambda request: request.parts[-1].endswith(":seek"),
            changes=lambda: len(server.moved),
            correct=lambda: None,
            remove=lambda: server.remove(NAME),
            params={"to": "now"},
        )
