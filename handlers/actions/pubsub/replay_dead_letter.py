"""Publishes the dead letters of the incident's subscription to its topic again, after their cause was corrected.

The subscription comes from the label `subscription_id` or `subscription`, or the resource (`PROJECT/SUBSCRIPTION`), in the project of the
incident; its dead-letter topic and its topic are read from Pub/Sub. The messages are pulled from the only subscription on the dead-letter
topic, or from that of the parameter. Only messages that Pub/Sub moved there from this subscription are replayed (attributes
`CloudPubSubDeadLetterSourceSubscription` and `…Project`).

A message is published with its data, ordering key and attributes, except those that Pub/Sub itself adds (`goog…`), and
acknowledged only after that succeeded. The attribute `hinomi_replays` counts the replays: a message that comes back
after `max_replays` stays in the dead letters. At most `max_messages` are replayed in a run. All subscriptions of the
topic receive them. If a response is lost, a message may be published twice, as Pub/Sub may deliver any message twice.
There is no undo: readers have the messages.

For `load/pubsub_dead_letters`; its recovery resolves the incident. Replay when a person approves, after the cause is corrected:

```yaml
  - name: replay-orders
    match: {rule: load/pubsub_dead_letters}
    action: replay_dead_letter
    params: {max_messages: 500}
    mode: approve
    approve_within: 8h
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.actions.pubsub._api import SUBSCRIPTION, PubSubApi, SubscriptionName, subscription_of
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Done, Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import EMPTY, Text, actions
from shared.texts.remediations import pubsub as texts

NAME = "replay_dead_letter"
DRY_RUN_PERMISSIONS = ("pubsub.subscriptions.get", "pubsub.topics.get")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "pubsub.subscriptions.consume", "pubsub.topics.publish")

MOST_MESSAGES, MOST_REPLAYS = 1000, 10
# cloud.google.com/pubsub/docs/handling-failures, forwarded messages
SOURCE, SOURCE_PROJECT = "CloudPubSubDeadLetterSourceSubscription", "CloudPubSubDeadLetterSourceSubscriptionProject"
REPLAYS = "hinomi_replays"
RESERVED = "goog"  # attributes of this prefix are Pub/Sub's: it rejects a message that is published with one
BATCH = 20  # messages may have 10 MB each
MOST_CHARACTERS = 5_000_000  # of the data in one request, whose limit is 10 MB
SHOWN_IDS = 20
EMPTY_PULLS = 3  # in a row: Pub/Sub may return nothing although messages wait


@dataclass(frozen=True)
class Params:
    """`subscription` is needed where the dead-letter topic has several."""

    max_messages: int = parameter(f"Maximum number of messages that a run replays, 1 to {MOST_MESSAGES}.", 100)
    max_replays: int = parameter(f"Maximum number of replays of the same message, 1 to {MOST_REPLAYS}.", 1)
    subscription: str = parameter(
        "The subscription on the dead-letter topic, if it has several: `projects/PROJECT/subscriptions/SUBSCRIPTION`.",
        "",
    )

    def __post_init__(self) -> None:
        if not 1 <= self.max_messages <= MOST_MESSAGES:
            raise InputError(texts.MOST_MESSAGES(most=MOST_MESSAGES, value=self.max_messages))
        if not 1 <= self.max_replays <= MOST_REPLAYS:
            raise InputError(texts.MOST_REPLAYS(most=MOST_REPLAYS, value=self.max_replays))
        if self.subscription and not SUBSCRIPTION.fullmatch(self.subscription):
            raise InputError(texts.DEAD_LETTERS_FORM)


@dataclass(slots=True)
class _Progress:
    """The messages seen in this run, the number of replayed ones, and the consecutive pulls without a new message."""

    seen: set[str] = field(default_factory=set)
    replayed: int = 0
    empty: int = 0

    def goes_on(self, most: int) -> bool:
        """Whether to pull again."""
        return self.replayed < most and len(self.seen) < 2 * MOST_MESSAGES and self.empty < EMPTY_PULLS


def target(incident: IncidentView, params: Params) -> str:
    """The subscription whose messages were dead-lettered."""
    del params
    return subscription_of(incident).full


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans the replay after reading the topics.

    The waiting messages are known only when they are pulled, not in a dry run.
    """
    name, api = subscription_of(context.incident).full, PubSubApi(context.clients)
    subscription = api.subscription(name)
    dead_letters = str((subscription.get("deadLetterPolicy") or {}).get("deadLetterTopic", ""))
    topic = str(subscription.get("topic", ""))
    if not dead_letters.startswith("projects/") or not topic.startswith("projects/"):
        raise TargetRefusedError(texts.NO_DEAD_LETTERS(name=name), TargetRefusal.OTHER_TARGET)
    source = _source(api, dead_letters, params)
    shows = {"max_messages": params.max_messages}
    return Plan(
        texts.WOULD_REPLAY(most=params.max_messages, subscription=name, topic=topic),
        calls=(api.publish(topic, (), shows), api.acknowledge(source, ())),
        done=texts.REPLAY(subscription=name, topic=topic),
        before={"deadLetterTopic": dead_letters, "maxDeliveryAttempts": _attempts(subscription)},
        details={"source": source, "topic": topic},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> Done:
    """Pulls, publishes and acknowledges messages in batches, until none is waiting or the limit is reached."""
    api, progress = PubSubApi(context.clients), _Progress()
    source, name = plan.details["source"], subscription_of(context.incident)
    while progress.goes_on(params.max_messages):
        pulled = api.pull(source, min(BATCH, params.max_messages - progress.replayed))
        fresh = [each for each in pulled if _id(each) not in progress.seen]
        progress.empty = 0 if fresh else progress.empty + 1
        progress.seen |= {_id(each) for each in fresh}
        own = [each for each in fresh if _is_of(each, name) and _replays(each) < params.max_replays]
        for group in _groups(own):
            _replay(context, api, plan, group)
            progress.replayed += len(group)
    return _done(progress, plan, name.full, params)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads nothing: later, the metric shows whether messages are dead-lettered again."""
    del context, params, plan
    return Verdict(Outcome.BY_EVENT)


def _source(api: PubSubApi, dead_letters: str, params: Params) -> str:
    """The subscription that the dead letters are pulled from."""
    attached = api.subscriptions_of(dead_letters)
    if params.subscription and params.subscription not in attached:
        other = texts.OTHER_READER(name=params.subscription, topic=dead_letters)
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    if not attached:
        raise TargetRefusedError(texts.NO_READER(topic=dead_letters), TargetRefusal.TARGET_NOT_FOUND)
    if len(attached) > 1 and not params.subscription:
        several = texts.SEVERAL_READERS(topic=dead_letters, count=len(attached))
        raise TargetRefusedError(several, TargetRefusal.OTHER_TARGET)
    source = api.subscription(params.subscription or attached[0])
    delivers = (source.get("pushConfig") or {}).get("pushEndpoint"), source.get("bigqueryConfig")
    if any(delivers) or source.get("cloudStorageConfig"):
        raise TargetRefusedError(texts.NOT_PULLED(name=str(source["name"])), TargetRefusal.OTHER_TARGET)
    return str(source["name"])


def _replay(context: ActionContext, api: PubSubApi, plan: Plan, group: Sequence[Mapping[str, Any]]) -> None:
    """Publishes messages of one ordering key, then acknowledges them."""
    shows = {"messages": len(group), "ids": [_id(each) for each in group[:SHOWN_IDS]]}
    messages = [_message(each) for each in group]
    calls.make(context, api.session, api.publish(plan.details["topic"], messages, shows))
    calls.make(context, api.session, api.acknowledge(plan.details["source"], [str(each["ackId"]) for each in group]))


def _message(received: Mapping[str, Any]) -> dict[str, Any]:
    """The message to publish."""
    message = received["message"]
    attributes = {key: value for key, value in _attributes(received).items() if not key.startswith(RESERVED)}
    copied = {key: message[key] for key in ("data", "orderingKey") if message.get(key)}
    return {**copied, "attributes": {**attributes, REPLAYS: str(_replays(received) + 1)}}


def _groups(received: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The messages in requests: of one ordering key each, in their order, and not too large."""
    by_key: dict[str, list[Mapping[str, Any]]] = {}
    for each in received:
        by_key.setdefault(str(each["message"].get("orderingKey", "")), []).append(each)
    for messages in by_key.values():
        group: list[Mapping[str, Any]] = []
        size = 0
        for each in messages:
            length = len(each["message"].get("data", ""))
            if group and size + length > MOST_CHARACTERS:
                yield group
                group, size = [], 0
            group.append(each)
            size += length
        yield group


def _done(progress: _Progress, plan: Plan, name: str, params: Params) -> Done:
    count, left, source = progress.replayed, len(progress.seen) - progress.replayed, plan.details["source"]
    text: Text = (
        texts.REPLAYED(count=count, subscription=name, topic=plan.details["topic"])
        if count
        else texts.NONE_WAITS(subscription=name, source=source)
    )
    rest = texts.LEFT(count=left, source=source, most=params.max_replays) if left else EMPTY
    return Done(actions.AND(text=text, more=rest) if rest else text, {"replayed": count, "left": left}, count > 0)


def _id(received: Mapping[str, Any]) -> str:
    return str(received["message"]["messageId"])


def _attributes(received: Mapping[str, Any]) -> Mapping[str, str]:
    return received["message"].get("attributes") or {}


def _is_of(received: Mapping[str, Any], name: SubscriptionName) -> bool:
    """Whether Pub/Sub moved the message from this subscription."""
    attributes = _attributes(received)
    return (attributes.get(SOURCE), attributes.get(SOURCE_PROJECT)) == (name.name, name.project)


def _replays(received: Mapping[str, Any]) -> int:
    """How often the message was replayed; too often if its attribute is not a number."""
    counted = _attributes(received).get(REPLAYS, "0")
    return int(counted) if re.fullmatch(r"[0-9]{1,3}", counted) else MOST_REPLAYS


def _attempts(subscription: Mapping[str, Any]) -> Any:
    return (subscription.get("deadLetterPolicy") or {}).get("maxDeliveryAttempts")
