"""Pub/Sub on loopback: topics, subscriptions with their acknowledgements, snapshots, publish, pull and seek of API v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error

Message = dict[str, Any]


@dataclass
class _Subscription:
    fields: dict[str, Any]
    waiting: list[Message] = field(default_factory=list)
    acknowledged: list[Message] = field(default_factory=list)
    leased: dict[str, Message] = field(default_factory=dict)


class PubSubServer(JsonServer):
    """Start it, add topics and subscriptions by their full names, and point clients at `url`."""

    def __init__(self) -> None:
        super().__init__()
        self.topics: dict[str, list[Message]] = {}
        self.snapshots: dict[str, tuple[str, list[str]]] = {}
        self._subscriptions: dict[str, _Subscription] = {}

    def add_topic(self, name: str) -> None:
        """Adds a topic."""
        self.topics[name] = []

    def add_subscription(self, name: str, topic: str, **fields: Any) -> None:
        """Adds a subscription on a topic; `fields` are further fields of its resource, such as `retainAckedMessages`."""
        self._subscriptions[name] = _Subscription({"name": name, "topic": topic, "ackDeadlineSeconds": 10, **fields})

    def remove(self, name: str) -> None:
        """Deletes a subscription."""
        with self.lock:
            del self._subscriptions[name]

    def publish(self, topic: str, *messages: Mapping[str, Any], at: datetime | None = None) -> list[str]:
        """Publishes messages; returns their ids."""
        with self.lock:
            published = []
            for message in messages:
                number = sum(map(len, self.topics.values())) + 1
                made = {**message, "messageId": str(number), "publishTime": (at or datetime.now(UTC)).isoformat()}
                self.topics[topic].append(made)
                published.append(made)
            for subscription in self._subscriptions.values():
                if subscription.fields["topic"] == topic:
                    subscription.waiting += published
            return [message["messageId"] for message in published]

    def acknowledge_all(self, name: str) -> None:
        """Acknowledges every message of a subscription, as its reader does."""
        with self.lock:
            subscription = self._subscriptions[name]
            subscription.acknowledged += subscription.waiting
            subscription.waiting = []

    def waiting(self, name: str) -> list[Message]:
        """The unacknowledged messages of a subscription, earliest first."""
        with self.lock:
            subscription = self._subscriptions[name]
            return [*subscription.waiting, *subscription.leased.values()]

    def expire_leases(self) -> None:
        """Ends the acknowledgement deadline of every message."""
        with self.lock:
            for subscription in self._subscriptions.values():
                subscription.waiting += subscription.leased.values()
                subscription.leased.clear()

    def answer(self, request: Request) -> Reply:
        """Answers the calls of subscriptions, topics and snapshots."""
        path, _, verb = "/".join(request.parts[1:]).partition(":")
        kind = path.split("/")[2]
        if kind == "topics":
            return self._topic(request, path, verb)
        if kind == "snapshots":
            return self._snapshot(request, path)
        subscription = self._subscriptions.get(path)
        if subscription is None:
            return _missing(path)
        return self._subscription(subscription, verb, request.body) if verb else Reply(200, subscription.fields)

    def _subscription(self, subscription: _Subscription, verb: str, body: Mapping[str, Any]) -> Reply:
        match verb:
            case "pull":
                return self._pull(subscription, int(body["maxMessages"]))
            case "acknowledge":
                subscription.acknowledged += [
                    subscription.leased.pop(each) for each in body["ackIds"] if each in subscription.leased
                ]
                return Reply(200, {})
            case "seek":
                return self._seek(subscription, body)
        return _missing(verb)

    def _topic(self, request: Request, path: str, verb: str) -> Reply:
        topic = path.removesuffix("/subscriptions")
        if topic not in self.topics:
            return _missing(topic)
        if verb == "publish":
            return self._publish(topic, request.body["messages"])
        attached = [name for name, each in self._subscriptions.items() if each.fields["topic"] == topic]
        return Reply(200, {"subscriptions": attached} if attached else {})

    def _publish(self, topic: str, messages: list[Message]) -> Reply:
        if len({message.get("orderingKey", "") for message in messages}) > 1:
            return google_error(400, "All messages of a request must have the same ordering key", "INVALID_ARGUMENT")
        if any(name.startswith("goog") for message in messages for name in message.get("attributes", {})):
            return google_error(400, "Attribute names must not begin with goog", "INVALID_ARGUMENT")
        return Reply(200, {"messageIds": self.publish(topic, *messages)})

    def _snapshot(self, request: Request, path: str) -> Reply:
        if request.method == "PUT":
            if path in self.snapshots:
                return google_error(409, "Snapshot already exists", "ALREADY_EXISTS")
            subscription = self._subscriptions.get(request.body["subscription"])
            if subscription is None:
                return _missing(request.body["subscription"])
            acknowledged = [message["messageId"] for message in subscription.acknowledged]
            self.snapshots[path] = subscription.fields["topic"], acknowledged
        if path not in self.snapshots:
            return _missing(path)
        if request.method == "DELETE":
            del self.snapshots[path]
            return Reply(200, {})
        return Reply(200, {"name": path, "topic": self.snapshots[path][0], "expireTime": "2026-11-30T00:00:00Z"})

    def _seek(self, subscription: _Subscription, body: Mapping[str, Any]) -> Reply:
        if (name := body.get("snapshot")) and name not in self.snapshots:
            return _missing(name)
        retained = [*subscription.waiting, *subscription.leased.values()]
        if subscription.fields.get("retainAckedMessages"):
            retained = [*subscription.acknowledged, *retained]
        if name:
            acknowledged = set(self.snapshots[name][1])
        else:
            time = datetime.fromisoformat(body["time"])
            acknowledged = {
                each["messageId"] for each in retained if datetime.fromisoformat(each["publishTime"]) < time
            }
        subscription.leased.clear()
        subscription.waiting = [each for each in retained if each["messageId"] not in acknowledged]
        subscription.acknowledged = [each for each in retained if each["messageId"] in acknowledged]
        return Reply(200, {})

    @staticmethod
    def _pull(subscription: _Subscription, count: int) -> Reply:
        taken, subscription.waiting = subscription.waiting[:count], subscription.waiting[count:]
        received = []
        for message in taken:
            lease = f"lease-{message['messageId']}"
            subscription.leased[lease] = message
            received.append({"ackId": lease, "message": message, "deliveryAttempt": 1})
        return Reply(200, {"receivedMessages": received} if received else {})


def _missing(name: str) -> Reply:
    return google_error(404, f"Resource not found (resource={name.rpartition('/')[2]})", "NOT_FOUND")
