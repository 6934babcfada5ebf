"""Topics and subscriptions on the Pub/Sub emulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROJECT = "projects/example-project"
ATTEMPTS = 5  # the minimum of Pub/Sub
WAIT_SECONDS = 300  # of a busy machine


class Bus:
    """A topic for evidence and one for dead letters, with a subscription each."""

    def __init__(self, publisher: Any, subscriber: Any, name: str) -> None:
        self.publisher, self.subscriber = publisher, subscriber
        self.topic, self.evidence = f"{PROJECT}/topics/evidence{name}", f"{PROJECT}/subscriptions/evidence{name}"
        self.grave, self.dead = f"{PROJECT}/topics/dead{name}", f"{PROJECT}/subscriptions/dead{name}"
        for topic in (self.topic, self.grave):
            publisher.create_topic(name=topic)
        evidence = {
            "name": self.evidence,
            "topic": self.topic,
            "dead_letter_policy": {"dead_letter_topic": self.grave, "max_delivery_attempts": ATTEMPTS},
            "retry_policy": {"minimum_backoff": {"seconds": 0}, "maximum_backoff": {"seconds": 1}},
        }
        subscriber.create_subscription(request=evidence)
        subscriber.create_subscription(name=self.dead, topic=self.grave)

    def push_to(self, url: str) -> None:
        """Pushes the evidence to this URL from now on."""
        self.subscriber.modify_push_config(subscription=self.evidence, push_config={"push_endpoint": url})

    def publish(self, data: bytes) -> str:
        """Publishes evidence; returns its id."""
        return str(self.publisher.publish(self.topic, data).result(timeout=WAIT_SECONDS))

    def bury(self, data: bytes, **attributes: str) -> str:
        """Publishes a dead letter; returns its id."""
        return str(self.publisher.publish(self.grave, data, **attributes).result(timeout=WAIT_SECONDS))

    def arrived(self, expected: int = 1) -> list[Any]:
        """Pulls messages of the evidence topic, which must not be pushed; waits until `expected` messages have arrived."""
        found: list[Any] = []
        end = time.monotonic() + WAIT_SECONDS
        while True:
            found += self._pulled()
            if len(found) >= expected or time.monotonic() > end:
                return found

    def _pulled(self) -> list[Any]:
        from google.api_core.exceptions import DeadlineExceeded

        try:
            answer = self.subscriber.pull(subscription=self.evidence, max_messages=10, timeout=1, retry=None)
        except DeadlineExceeded:
            return []
        return [received.message for received in answer.received_messages]


@contextmanager
def opened() -> Iterator[Bus]:
    """Creates the topics and subscriptions on the emulator at PUBSUB_EMULATOR_HOST."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    with pubsub_v1.PublisherClient() as publisher, pubsub_v1.SubscriberClient() as subscriber:
        yield Bus(publisher, subscriber, str(time.monotonic_ns()))
