"""Pub/Sub for the command line: the dead-letter subscription, and the topics for replays.

With PUBSUB_EMULATOR_HOST set, Google's client uses an emulator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cli.dead_letters.messages import FailedMessage, from_message
from collectors.metrics_analysis.routes import is_route
from shared.errors import InputError, TransientError
from shared.texts.cli import dlq as texts

BATCH = 100
PATIENCE = (3.0, 1.0)  # seconds to wait for a first message, and for each further batch
PUBLISH_SECONDS = 30.0
LEASE_SECONDS = 60
SHORTEST_LEASE = 10.0  # the minimum lease of a subscription, which a pull may get
EARLY = 5.0  # seconds before its end at which a lease is renewed


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Translates Google's errors: an error that the user can fix becomes an InputError, any other a TransientError."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (exceptions.NotFound, exceptions.PermissionDenied, exceptions.InvalidArgument) as error:
        raise InputError(texts.OF_RESOURCE(name=name, error=error.message)) from error
    except GoogleAuthError as error:
        raise InputError(texts.LOG_IN(error=str(error))) from error
    except (exceptions.GoogleAPICallError, exceptions.RetryError, TimeoutError) as error:
        raise TransientError(texts.OF_RESOURCE(name=name, error=str(error))) from error


@dataclass(slots=True)
class DeadLetterSubscription:
    """The dead letters leased by this command; unacknowledged messages are returned at the end."""

    client: Any
    name: str
    leased: dict[str, str] = field(default_factory=dict)
    until: float = 0.0

    def messages(self, limit: int) -> list[FailedMessage]:
        """Up to `limit` dead letters, oldest first. Other readers get them after the lease."""
        messages: dict[str, FailedMessage] = {}
        self.until = time.monotonic() + SHORTEST_LEASE
        while len(messages) < limit:
            self.renew_lease()
            batch = self._pull(min(BATCH, limit - len(messages)), PATIENCE[bool(messages)])
            new = {one.message.message_id: one for one in batch if one.message.message_id not in self.leased}
            if not new:
                break
            for message_id, one in new.items():
                self.leased[message_id] = one.ack_id
                messages[message_id] = from_message(one.message)
        return sorted(messages.values(), key=lambda message: message.time)

    def acknowledge(self, message: FailedMessage) -> None:
        """Removes a message from the subscription."""
        with translated(self.name):
            self.client.acknowledge(subscription=self.name, ack_ids=[self.leased[message.message_id]])
        del self.leased[message.message_id]

    def renew_lease(self) -> None:
        """Renews the lease before it ends. After its end a message may be replayed twice, which has no effect."""
        if time.monotonic() > self.until - EARLY:
            self._lease(LEASE_SECONDS)
            self.until = time.monotonic() + LEASE_SECONDS

    def release(self) -> None:
        """Returns the leased messages to the subscription."""
        self._lease(0)

    def _lease(self, seconds: int) -> None:
        ids = list(self.leased.values())
        with translated(self.name):
            for at in range(0, len(ids), BATCH):
                some = ids[at : at + BATCH]
                self.client.modify_ack_deadline(subscription=self.name, ack_ids=some, ack_deadline_seconds=seconds)

    def _pull(self, count: int, seconds: float) -> list[Any]:
        from google.api_core.exceptions import DeadlineExceeded

        try:
            with translated(self.name):
                answer = self.client.pull(subscription=self.name, max_messages=count, timeout=seconds, retry=None)
        except TransientError as error:
            if isinstance(error.__cause__, DeadlineExceeded):
                return []  # no message
            raise
        return list(answer.received_messages)


@contextmanager
def subscription(name: str) -> Iterator[DeadLetterSubscription]:
    """The dead-letter subscription `projects/P/subscriptions/S`."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    with translated(name), pubsub_v1.SubscriberClient() as client:
        leased = DeadLetterSubscription(client, name)
        try:
            yield leased
        finally:
            leased.release()


@dataclass(frozen=True, slots=True)
class EvidenceTopic:
    """The topic of log entries, and the topics of other kinds next to it."""

    client: Any
    name: str

    def publish(self, message: FailedMessage) -> None:
        """Publishes a message to its topic again, and waits for the confirmation."""
        if message.data is None:
            raise InputError(texts.NO_PUBSUB_MESSAGE(id=message.id))
        name = topic_of(self.name, message.route)
        with translated(name):
            self.client.publish(name, message.data, **message.original()).result(timeout=PUBLISH_SECONDS)


def topic_of(evidence: str, route: str) -> str:
    """The topic of a path: `…-evidence` has `…-reports-NAME` next to it. A topic with another name serves every path."""
    prefix, mark, kind = evidence.rpartition("-")
    beside = route.removeprefix("/").replace("/", "-")
    return f"{prefix}{mark}{beside}" if is_route(route) and kind == "evidence" else evidence


@contextmanager
def topic(name: str) -> Iterator[EvidenceTopic]:
    """The topic `projects/P/topics/T`."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    if not name:
        raise InputError(texts.NO_TOPIC)
    with translated(name), pubsub_v1.PublisherClient() as client:
        yield EvidenceTopic(client, name)
