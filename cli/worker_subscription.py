"""The Pub/Sub subscription from which `hinomi worker` takes orders, and the topic of its results.

With PUBSUB_EMULATOR_HOST set, Google's client uses an emulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cli.dead_letters.pubsub import PUBLISH_SECONDS, translated
from shared.connections.worker import ORDERS, RESULTS

CALL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReceivedOrder:
    """A message of the subscription."""

    data: bytes
    message_id: str
    ack_id: str


@dataclass(frozen=True, slots=True)
class WorkerSubscription:
    """The subscription and the topic of a worker."""

    subscriber: Any
    publisher: Any
    name: str
    topic: str

    def pull(self, seconds: float) -> ReceivedOrder | None:
        """The next message; None if no message arrives within `seconds`. Raises InputError, TransientError."""
        from google.api_core.exceptions import DeadlineExceeded

        with translated(self.name):
            try:
                answer = self.subscriber.pull(subscription=self.name, max_messages=1, timeout=seconds, retry=None)
            except DeadlineExceeded:
                return None
        received = next(iter(answer.received_messages), None)
        if received is None:
            return None
        return ReceivedOrder(received.message.data, received.message.message_id, received.ack_id)

    def acknowledge(self, ack_id: str) -> None:
        """Acknowledges a message. Raises TransientError if Pub/Sub does not confirm it, so that it is delivered again."""
        with translated(self.name):
            self.subscriber.acknowledge(subscription=self.name, ack_ids=[ack_id], timeout=CALL_SECONDS)

    def publish(self, data: bytes) -> None:
        """Publishes a message to the topic of results, and waits for the confirmation.

        Raises InputError, TransientError.
        """
        with translated(self.topic):
            self.publisher.publish(self.topic, data).result(timeout=PUBLISH_SECONDS)


@contextmanager
def opened(project: str, worker: str) -> Iterator[WorkerSubscription]:
    """The subscription of a worker in Hinomi's project."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    name = f"projects/{project}/subscriptions/{ORDERS.format(worker=worker)}"
    topic = f"projects/{project}/topics/{RESULTS.format(worker=worker)}"
    with translated(name), pubsub_v1.SubscriberClient() as subscriber, pubsub_v1.PublisherClient() as publisher:
        yield WorkerSubscription(subscriber, publisher, name, topic)
