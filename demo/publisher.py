"""Simulates Pub/Sub between a sink and a function: pushes over HTTP, at least once, in no particular order."""

from __future__ import annotations

import base64
import json
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import requests

TOPIC = "projects/example-project/topics/hinomi"
SUBSCRIPTION = "projects/example-project/subscriptions/hinomi-push"
WORKERS = 4
CLOUD_EVENT_SHARE = 0.25
TWICE_SHARE = 0.15
FIRST_BACKOFF = 0.2
MAX_BACKOFF = 2.0
MAX_ATTEMPTS = 12
TIMEOUT = 30
TICKS_AGAIN = 10  # of equal ticks: a slow machine has had hundreds of them, and each is as much work as the first


@dataclass(frozen=True, slots=True)
class PushMessage:
    """A published message: the push body, and whether a trigger (CloudEvent) or a subscription delivers it."""

    body: bytes
    message_id: str
    cloud_event: bool
    attempt: int = 1

    @property
    def data(self) -> str:
        """Its data, in base64."""
        return str(json.loads(self.body)["message"]["data"])

    def headers(self) -> dict[str, str]:
        """The HTTP headers of its delivery; a trigger adds the CloudEvent attributes (binary mode)."""
        headers = {"Content-Type": "application/json"}
        if self.cloud_event:
            headers |= {
                "ce-specversion": "1.0",
                "ce-id": self.message_id,
                "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
                "ce-source": f"//pubsub.googleapis.com/{TOPIC}",
            }
        return headers


def envelope(data: dict[str, Any], message_id: str, published: datetime) -> bytes:
    """The body of a push: the message with its data in base64."""
    message = {
        "data": base64.b64encode(json.dumps(data).encode()).decode(),
        "messageId": message_id,
        "publishTime": published.isoformat().replace("+00:00", "Z"),
        "attributes": {"logging.googleapis.com/timestamp": str(data.get("timestamp", ""))},
    }
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()


@dataclass
class Publisher:
    """Pushes to the endpoints in turn from its own threads, and retries after a 5xx with backoff.

    `history` has every message once; `answers` counts HTTP statuses; `lost` are messages after the last retry.
    """

    endpoints: Sequence[str]
    seed: int = 1
    history: list[PushMessage] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    lost: list[PushMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311
        # An interrupt in the put of a `queue.Queue` can leave a waiter behind: the next wake-up is lost, and a thread
        # waits for ever. Nothing of a `SimpleQueue` is Python that could be interrupted.
        self._queue: queue.SimpleQueue[PushMessage | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._turn = 0
        self._open = 0
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"publisher-{n}") for n in range(WORKERS)]

    def start(self) -> None:
        """Starts delivering."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stops the threads and drops waiting messages."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread.ident:
                thread.join(TIMEOUT)

    def publish(self, data: dict[str, Any]) -> None:
        """Publishes one document as the data of a new message; a share of messages is delivered twice."""
        message_id = str(9_000_000_000 + len(self.history))
        body = envelope(data, message_id, datetime.now(UTC))
        message = PushMessage(body, message_id, cloud_event=self._random.random() < CLOUD_EVENT_SHARE)
        self.history.append(message)
        self._put(message)
        if self._random.random() < TWICE_SHARE:
            self._put(message)

    def redeliver(self, times: int) -> int:
        """Delivers the history again, `times` times, in random order. Returns the number of deliveries.

        Of messages with the same data, which are ticks, it delivers the first TICKS_AGAIN.
        """
        equal: Counter[str] = Counter()
        messages = []
        for message in self.history:
            equal[message.data] += 1
            if equal[message.data] <= TICKS_AGAIN:
                messages += [message] * times
        self._random.shuffle(messages)
        for message in messages:
            self._put(message)
        return len(messages)

    @property
    def waiting(self) -> int:
        """The number of unacknowledged deliveries."""
        with self._lock:
            return self._open

    @property
    def retried(self) -> int:
        """The number of responses that requested another delivery."""
        return sum(count for status, count in self.answers.items() if status >= 500)

    def _put(self, message: PushMessage) -> None:
        with self._lock:
            self._open += 1
        self._queue.put(message)

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # requests to loopback must not use a proxy
            while (message := self._queue.get()) is not None and not self._stopping.is_set():
                self._deliver(session, message)

    def _deliver(self, session: requests.Session, message: PushMessage) -> None:
        status = _post(session, self._endpoint(), message)
        with self._lock:
            self.answers[status] += 1
        if 200 <= status < 300:
            self._done()
        elif message.attempt >= MAX_ATTEMPTS:
            self.lost.append(message)
            self._done()
        else:
            self._again(message)

    def _again(self, message: PushMessage) -> None:
        time.sleep(min(FIRST_BACKOFF * 2 ** (message.attempt - 1), MAX_BACKOFF))
        self._queue.put(replace(message, attempt=message.attempt + 1))

    def _done(self) -> None:
        with self._lock:
            self._open -= 1

    def _endpoint(self) -> str:
        with self._lock:
            self._turn += 1
            return self.endpoints[self._turn % len(self.endpoints)]


def _post(session: requests.Session, url: str, message: PushMessage) -> int:
    try:
        return session.post(url, data=message.body, headers=message.headers(), timeout=TIMEOUT).status_code
    except requests.RequestException:
        return 599  # no response; Pub/Sub treats that like a server error
