"""The calls of the Pub/Sub API that these actions need, and the subscription that an incident names.

Formats: cloud.google.com/pubsub/docs/reference/rest (projects.subscriptions, projects.snapshots, projects.topics).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.errors import check
from handlers.remediations.model import Call
from handlers.remediations.reads import read, read_if_any
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import pubsub as texts

if TYPE_CHECKING:
    from shared.clients import Clients

_PROJECT = r"[a-z][a-z0-9.:-]{4,60}"
_ID = r"[A-Za-z][\w.~+%-]{2,254}"
_RESOURCE = re.compile(rf"(?:(?:projects/)?(?P<project>{_PROJECT})/)?(?:subscriptions/)?(?P<name>{_ID})", re.ASCII)
TOPIC = re.compile(rf"projects/{_PROJECT}/topics/{_ID}", re.ASCII)
SNAPSHOT_ID = re.compile(_ID, re.ASCII)
SUBSCRIPTION = re.compile(rf"projects/{_PROJECT}/subscriptions/{_ID}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubscriptionName:
    """A subscription: its project and its id."""

    project: str
    name: str

    @property
    def full(self) -> str:
        """The name as the API writes it."""
        return f"projects/{self.project}/subscriptions/{self.name}"


def subscription_of(incident: IncidentView) -> SubscriptionName:
    """The subscription of the incident, in the incident's project.

    It is the label `subscription_id` or `subscription`, or the resource. Raises TargetRefusedError for another project.
    """
    labels = incident.labels
    named = labels.get("subscription_id", "") or labels.get("subscription", "") or incident.resource
    match = _RESOURCE.fullmatch(named)
    if match is None:
        raise TargetRefusedError(texts.NO_SUBSCRIPTION(value=named[:100]), TargetRefusal.OTHER_TARGET)
    project = match["project"] or incident.project
    if not project or project != incident.project or not re.fullmatch(_PROJECT, project, re.ASCII):
        raise TargetRefusedError(
            texts.OTHER_PROJECT(value=named[:100], project=incident.project), TargetRefusal.OTHER_TARGET
        )
    return SubscriptionName(project, match["name"])


class PubSubApi:
    """The Pub/Sub API with the credentials of the function. Names are full: `projects/P/topics/T`."""

    def __init__(self, clients: Clients) -> None:
        self.session = clients.http()
        self._url = f"{clients.pubsub_url}/v1"

    def subscription(self, name: str) -> dict[str, Any]:
        """The subscription as returned by the API. Raises ActionError, with status 404 if there is none."""
        return self._get(name, texts.READ_SUBSCRIPTION(name=name))

    def snapshot(self, name: str) -> dict[str, Any] | None:
        """The snapshot as returned by the API; None if there is none."""
        return read_if_any(self.session, f"{self._url}/{name}", texts.READ_SNAPSHOT(name=name))

    def subscriptions_of(self, topic: str) -> list[str]:
        """The subscriptions on a topic: the first page, of up to a thousand."""
        body = self._get(f"{topic}/subscriptions?pageSize=1000", texts.READ_TOPIC(topic=topic))
        return [str(each) for each in body.get("subscriptions", [])]

    def pull(self, subscription: str, count: int) -> list[dict[str, Any]]:
        """Leases at most `most` waiting messages, with their `ackId`; empty if none is waiting."""
        body = {"maxMessages": count, "returnImmediately": True}
        response = self.session.post(f"{self._url}/{subscription}:pull", json=body, allow_redirects=False)
        received = check(response, texts.PULL(name=subscription)).json().get("receivedMessages", [])
        return [each for each in received if isinstance(each, dict)]

    def create_snapshot(self, name: str, subscription: str) -> Call:
        """The call that creates a snapshot of the acknowledgements of a subscription."""
        does = texts.CREATE_SNAPSHOT(subscription=subscription)
        return Call(does, "PUT", f"{self._url}/{name}", {"subscription": subscription}, conflicts=(409,))

    def delete_snapshot(self, name: str) -> Call:
        """The call that deletes a snapshot."""
        return Call(texts.DELETE_SNAPSHOT(name=name), "DELETE", f"{self._url}/{name}", shows={})

    def seek(self, subscription: str, body: Mapping[str, Any], shows: Mapping[str, Any] | None = None) -> Call:
        """The call that seeks a subscription to a time or a snapshot."""
        return Call(texts.SEEK(name=subscription), "POST", f"{self._url}/{subscription}:seek", dict(body), shows=shows)

    def publish(self, topic: str, messages: Sequence[Mapping[str, Any]], shows: Mapping[str, Any]) -> Call:
        """The call that publishes messages with a common ordering key."""
        body = {"messages": list(messages)}
        return Call(texts.PUBLISH(topic=topic), "POST", f"{self._url}/{topic}:publish", body, shows=shows, conflicts=())

    def acknowledge(self, subscription: str, leases: Sequence[str]) -> Call:
        """The call that acknowledges leased messages."""
        does, url = texts.ACKNOWLEDGE(name=subscription), f"{self._url}/{subscription}:acknowledge"
        return Call(does, "POST", url, {"ackIds": list(leases)}, shows={"messages": len(leases)}, conflicts=())

    def _get(self, path: str, call: Text) -> dict[str, Any]:
        return read(self.session, f"{self._url}/{path}", call)
