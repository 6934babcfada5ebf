"""Sends each notification as a signed CloudEvent to your URL.

[Webhook](webhook.md) describes the event, its schema, and how to verify the signature. Every notification is an event of
its own: receivers are programs, so there is no digest, and the only rate limit is the wait that a 429 response requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.cards.escape import cut
from handlers.context import ActionContext, ActionResult, parameter
from handlers.messages.channel_locale import channel_locale, language_setting
from handlers.messages.channel_params import ChannelParams
from handlers.messages.cloud_event import CONTENT_TYPE, as_bytes, event_of_test, incident_event, short_event
from handlers.messages.http_call import HttpReply, check_reply, post
from handlers.messages.signature import signed_headers
from shared.config import Settings
from shared.errors import ChannelError, InputError, MessageRejectedError
from shared.model import Mode
from shared.records import IncidentView
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text
from shared.texts.notifiers import webhook

NAME = "webhook"
PERMISSIONS: tuple[str, ...] = ()
URL = Setting("HINOMI_WEBHOOK_URL[_<CHANNEL>]", "https URL that takes the events of a channel.", required=True)
KEY = Setting(
    "HINOMI_WEBHOOK_KEY[_<CHANNEL>]",
    "Key that signs the events of a channel: `whsec_` and 24 to 64 bytes in base64 (docs/webhook.md).",
    required=True,
)
SETTINGS = (language_setting(NAME),)
SECRETS = (URL, KEY)
MAX_SHOWN = 300  # characters of a response


@dataclass(frozen=True, slots=True)
class Params(ChannelParams):
    """`channel` is the name of the channel whose URL is called."""

    channel: str = parameter("The name of the channel; each has a URL and a key of its own.", DEFAULT_NAME)


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel of the notification."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the event. Raises ActionError when the receiver does not accept it."""
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(webhook.WOULD_SEND(channel=channel), changed=False)
    locale = channel_locale(context.settings, NAME, params.channel, context.now)
    event = incident_event(context, channel, locale)
    try:
        reply = _accepted(context, params.channel, event)
        text = webhook.SENT(channel=channel, status=reply.status)
    except MessageRejectedError as rejected:
        reply = _send_short(context, params.channel, event, rejected)
        text = webhook.SHORT_SENT(channel=channel, reason=rejected.text)
    details = {"status": reply.status, "seconds": round(reply.seconds, 3), "event": event["id"]}
    return ActionResult(text, details=details)


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test event; yields a line for each part of the response. Raises InputError, ActionError when rejected."""
    locale = channel_locale(settings, NAME, params.channel, now)
    event = event_of_test(settings, f"{NAME}:{params.channel}", locale)
    reply = _send(settings, params.channel, event, now)
    yield webhook.ANSWER(status=reply.status, seconds=f"{reply.seconds:.2f}")
    if body := " ".join(reply.text.split()):
        yield webhook.BODY(body=cut(body, MAX_SHOWN))
    check_reply(reply, URL.of(params.channel), now)
    yield webhook.ACCEPTED


def _send_short(
    context: ActionContext, channel: str, event: dict[str, Any], rejected: MessageRejectedError
) -> HttpReply:
    """Sends the event without texts. When it is rejected too, no event can pass: ChannelError."""
    try:
        return _accepted(context, channel, short_event(event))
    except MessageRejectedError:
        raise ChannelError(rejected.text) from rejected


def _accepted(context: ActionContext, channel: str, event: dict[str, Any]) -> HttpReply:
    """The response, if the receiver accepted the event. Raises ActionError; ChannelError for incomplete settings."""
    try:
        reply = _send(context.settings, channel, event, context.now)
    except InputError as error:
        raise ChannelError(error.text) from error
    check_reply(reply, URL.of(channel), context.now)
    return reply


def _send(settings: Settings, channel: str, event: dict[str, Any], now: datetime) -> HttpReply:
    """The response to the event. Raises InputError when URL or key are missing, ActionError without a response."""
    address, key = (setting.secret(settings.environment, channel) for setting in SECRETS)
    body = as_bytes(event)
    headers = signed_headers(key, event["id"], body, now, KEY.of(channel))
    return post(address, body, {**headers, "Content-Type": CONTENT_TYPE, "User-Agent": "Hinomi"}, URL.of(channel))
