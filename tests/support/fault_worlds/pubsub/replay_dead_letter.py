"""A dead letter whose cause is repaired."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import Reply, Request
from demo.platform.messaging.pubsub import PubSubServer
from shared.config import Settings
from shared.model import IncidentKind
from tests.support.fault_worlds import NOT_A_CONFLICT, REPEATED, World
from tests.support.findings import finding

PROJECT = "projects/example-project"
SOURCE, READER = f"{PROJECT}/subscriptions/orders-load", f"{PROJECT}/subscriptions/dead-orders"
TOPIC, DEAD = f"{PROJECT}/topics/orders", f"{PROJECT}/topics/dead-letters"
FORWARDED = {
    "CloudPubSubDeadLetterSourceSubscription": "orders-load",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "example-project",
}
# Pub/Sub may deliver any message twice, so readers recognize a repeated message by its content.
DIFFERS = {**NOT_A_CONFLICT, **REPEATED}
CALLS_AFTER = ("made",)  # the acknowledgement


class DeadLetterServer(PubSubServer):
    """Expires all leases when an attempt begins, so that the messages leased by the one before are available again."""

    def answer(self, request: Request) -> Reply:
        """Answers as Pub/Sub does."""
        if request.method == "GET":
            self.expire_leases()
        return super().answer(request)


@contextmanager
def world() -> Iterator[World]:
    """One message of the subscription waits on the dead-letter topic."""
    with DeadLetterServer() as server:
        server.add_topic(TOPIC)
        server.add_topic(DEAD)
        server.add_subscription(SOURCE, TOPIC, deadLetterPolicy={"deadLetterTopic": DEAD, "maxDeliveryAttempts": 5})
        server.add_subscription(READER, DEAD, pushConfig={})
        server.publish(DEAD, {"data": "b3JkZXI=", "attributes": FORWARDED})
        yield World(
            server,
            Settings(pubsub_endpoint=server.url),
            finding(
                rule="load/pubsub_dead_letters",
                kind=IncidentKind.LOAD_ISSUE,
                service="pubsub",
                resource="example-project/orders-load",
            ),
            is_change=lambda request: request.parts[-1].endswith(":publish"),
            changes=lambda: len({each["data"] for each in server.topics[TOPIC]}),
            correct=lambda: server.acknowledge_all(READER),
            remove=lambda: server.remove(SOURCE),
        )
