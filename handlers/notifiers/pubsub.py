"""Publishes each notification as a CloudEvent to a Pub/Sub topic.

[Pub/Sub](pubsub.md) describes the message, which has the schema of the [webhook](webhook.md#the-event). Every notification is
a message of its own; messages about one incident have the same ordering key.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.context import ActionContext, ActionResult, parameter
from handlers.errors import check
from handlers.messages.channel_locale import channel_locale, language_setting
from handlers.messages.channel_params import ChannelParams
from handlers.messages.cloud_event import CONTENT_TYPE, as_bytes, event_of_test, incident_event
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, ChannelError, InputError
from shared.http import is_transient_error
from shared.model import Mode
from shared.records import IncidentView
from shared.redaction import setting_values as forms
from shared.setting import DEFAULT_NAME, Setting, of_form
from shared.texts import Text
from shared.texts.notifiers import pubsub as texts

NAME = "pubsub"
PERMISSIONS = ("pubsub.topics.publish",)
TIMEOUT_SECONDS = 10.0
_TOPIC = r"projects/[a-z][a-z0-9.:-]{4,60}/topics/[A-Za-z][\w.~+%-]{2,254}"

_check_topic = of_form(_TOPIC, texts.TOPIC_FORM)
TOPIC = Setting(
    "HINOMI_PUBSUB_TOPIC[_<CHANNEL>]",
    "Topic of a channel: `projects/PROJECT/topics/TOPIC`.",
    example="projects/my-monitoring/topics/incidents",
    required=True,
    check=_check_topic,
    form=forms.TOPIC,
)
SETTINGS = (TOPIC, language_setting(NAME))
PUBLISHES_TO = TOPIC


@dataclass(frozen=True, slots=True)
class Params(ChannelParams):
    """`channel` is the name of the channel whose topic gets the events."""

    channel: str = parameter("The name of the channel; each has a topic of its own.", DEFAULT_NAME)


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Publishes the event. Raises ActionError when Pub/Sub does not accept it."""
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(texts.WOULD_PUBLISH(channel=channel), changed=False)
    try:
        topic = _topic(context.settings, params.channel)
    except InputError as error:
        raise ChannelError(error.text) from error
    event = incident_event(context, channel, channel_locale(context.settings, NAME, params.channel, context.now))
    message = _publish(context.clients, topic, event)
    return ActionResult(
        texts.PUBLISHED(topic=topic, message=message), details={"event": event["id"], "message": message}
    )


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Publishes a test event; yields the id of the message. Raises InputError or ActionError."""
    locale = channel_locale(settings, NAME, params.channel, now)
    topic, event = _topic(settings, params.channel), event_of_test(settings, f"{NAME}:{params.channel}", locale)
    yield texts.PUBLISHED(topic=topic, message=_publish(Clients(settings), topic, event))


def _topic(settings: Settings, channel: str) -> str:
    """The topic of a channel. Raises InputError when it is not set or invalid."""
    topic = TOPIC.secret(settings.environment, channel).reveal()
    _check_topic(topic)
    return topic


def _publish(clients: Clients, topic: str, event: dict[str, Any]) -> str:
    """The id of the message. Raises ActionError; ChannelError when the topic accepts no message from Hinomi."""
    url = f"{clients.pubsub_url}/v1/{topic}:publish"
    message = {
        "data": base64.b64encode(as_bytes(event)).decode(),
        "attributes": _attributes(event),
        "orderingKey": event["subject"],
    }
    call = texts.PUBLISH(topic=topic)
    try:
        response = check(clients.http().post(url, json={"messages": [message]}, timeout=TIMEOUT_SECONDS), call)
        return str(response.json()["messageIds"][0])
    except ActionError as error:
        if error.permanent and not isinstance(error, ChannelError):
            raise ChannelError(error.text) from error
        raise
    except (OSError, ValueError, LookupError) as error:
        if not isinstance(error, ValueError | LookupError) and not is_transient_error(error):
            raise ChannelError(texts.NO_ANSWER(topic=topic, kind=type(error).__name__)) from error
        raise ActionError(texts.NO_ANSWER(topic=topic, kind=type(error).__name__), permanent=False) from error


def _attributes(event: dict[str, Any]) -> dict[str, str]:
    """The attributes of a message, by which a subscription can filter; values are at most 1,024 bytes."""
    incident = event["data"].get("incident", {})
    named = {name: str(incident[name]) for name in ("kind", "severity", "service", "rule") if name in incident}
    given = {"content-type": CONTENT_TYPE, "type": event["type"], "subject": event["subject"], **named}
    return {name: value[:250] for name, value in given.items() if value}
