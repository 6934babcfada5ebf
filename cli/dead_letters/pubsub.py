"""Pub/Sub for the command line: the dead-letter subscription, and the topic that replays go to.

With PUBSUB_EMULATOR_HOST set Google's client talks to an emulator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cli.dead_letters.messages import Letter, from_message
from shared.errors import InputError, TransientError

BATCH = 100
PATIENCE = (3.0, 1.0)  # seconds to wait for a first message, and for each further batch
PUBLISH_SECONDS = 30.0
LEASE_SECONDS = 60
SHORTEST_LEASE = 10.0  # that a subscription can have: the one that a pull gives may be as short
EARLY = 5.0  # seconds before its end that a lease is renewed


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Google's errors as ours: what the user can mend is an InputError, the rest a TransientError."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (exceptions.NotFound, exceptions.PermissionDenied, exceptions.InvalidArgument) as error:
        raise InputError(f"{name}: {error.message}") from error
    except GoogleAuthError as error:
        raise InputError(f"{error}: run `gcloud auth application-default login`") from error
    except (exceptions.GoogleAPICallError, exceptions.RetryError, TimeoutError) as error:
        raise TransientError(f"{name}: {error}") from error


@dataclass(slots=True)
class Subscription:
    """The dead letters that are leased for this command; what is not acknowledged goes back at the end."""

    client: Any
    name: str
    leased: dict[str, str] = field(default_factory=dict)
    until: float = 0.0

    def letters(self, limit: int) -> list[Letter]:
        """Up to `limit` dead letters, the oldest first. Each waits out its lease for other readers."""
        found: dict[str, Letter] = {}
        self.until = time.monotonic() + SHORTEST_LEASE
        while len(found) < limit:
            self.keep()
            batch = self._pull(min(BATCH, limit - len(found)), PATIENCE[bool(found)])
            new = {one.message.message_id: one for one in batch if one.message.message_id not in self.leased}
            if not new:
                break
            for message_id, one in new.items():
                self.leased[message_id] = one.ack_id
                found[message_id] = from_message(one.message)
        return sorted(found.values(), key=lambda letter: letter.time)

    def acknowledge(self, letter: Letter) -> None:
        """Takes a letter out of the subscription for good."""
        with translated(self.name):
            self.client.acknowledge(subscription=self.name, ack_ids=[self.leased[letter.message_id]])
        del self.leased[letter.message_id]

    def keep(self) -> None:
        """Renews the lease when it is about to end. One that has ended costs a second replay, which adds nothing."""
        if time.monotonic() > self.until - EARLY:
            self._lease(LEASE_SECONDS)
            self.until = time.monotonic() + LEASE_SECONDS

    def release(self) -> None:
        """Gives back what is leased."""
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
                return []  # nobody waits
            raise
        return list(answer.received_messages)


@contextmanager
def subscription(name: str) -> Iterator[Subscription]:
    """The dead-letter subscription `projects/P/subscriptions/S`."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    with translated(name), pubsub_v1.SubscriberClient() as client:
        leased = Subscription(client, name)
        try:
            yield leased
        finally:
            leased.release()


@dataclass(frozen=True, slots=True)
class Topic:
    """The evidence topic."""

    client: Any
    name: str

    def publish(self, letter: Letter) -> None:
        """Publishes a letter again and waits until Pub/Sub has it."""
        if letter.data is None:
            raise InputError(f"{letter.id} was no Pub/Sub message: replay it with --local")
        with translated(self.name):
            self.client.publish(self.name, letter.data, **letter.original()).result(timeout=PUBLISH_SECONDS)


@contextmanager
def topic(name: str) -> Iterator[Topic]:
    """The topic `projects/P/topics/T`."""
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    if not name:
        raise InputError("where to publish is not known: set HINOMI_EVIDENCE_TOPIC, or use --local")
    with translated(name), pubsub_v1.PublisherClient() as client:
        yield Topic(client, name)
