"""From an HTTP request of Pub/Sub or Eventarc to the message in it.

Three forms reach a function (docs.cloud.google.com/eventarc/docs/cloudevents and …/pubsub/docs/push):
a push subscription of our own sends `{"message": …, "subscription": …}`; a Pub/Sub trigger sends the same
body with `ce-*` headers; a structured CloudEvent holds that body under `data`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from collectors.metrics_analysis.evidence import NotUnderstoodError, parse_time

# Attributes of a replayed message: it is still the same message, published when it first was.
ORIGINAL_ID = "hinomi-message-id"
ORIGINAL_TIME = "hinomi-publish-time"

MAX_BODY = 20 * 1024 * 1024  # Pub/Sub messages hold 10 MB; base64 and the envelope add a third


@dataclass(frozen=True, slots=True)
class Message:
    """One Pub/Sub message: `data` is the decoded JSON document in it."""

    message_id: str
    published: datetime
    attributes: dict[str, str]
    data: Any


def read(body: bytes, *, received: datetime) -> Message:
    """The message in a request body. Raises NotUnderstoodError with the reason, one line."""
    if len(body) > MAX_BODY:
        raise NotUnderstoodError(f"the body has {len(body)} bytes, more than a Pub/Sub push can have")
    envelope = _json(body, "the request body")
    if isinstance(envelope, dict) and "specversion" in envelope and isinstance(envelope.get("data"), dict):
        envelope = envelope["data"]
    message = envelope.get("message") if isinstance(envelope, dict) else None
    if not isinstance(message, dict):
        raise NotUnderstoodError("the request body is no Pub/Sub envelope: it has no object 'message'")
    return Message(
        message_id=message_id(message),
        published=_published(message, received),
        attributes=attributes(message),
        data=_json(_decode(message.get("data")), "the message data"),
    )


def peek(body: bytes) -> tuple[str, dict[str, str]]:
    """Message id and attributes as far as they can be read, for the record of a rejected message."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", {}
    envelope = envelope.get("data", envelope) if isinstance(envelope, dict) else {}
    message = envelope.get("message") if isinstance(envelope, dict) else None
    return (message_id(message), attributes(message)) if isinstance(message, dict) else ("", {})


def message_id(message: dict[str, Any]) -> str:
    """The id of a message, which push writes as messageId and some senders as message_id; of a replay the first one."""
    first = attributes(message).get(ORIGINAL_ID)
    found = first or message.get("messageId") or message.get("message_id")
    return str(found)[:100] if isinstance(found, str | int) else ""


def attributes(message: dict[str, Any]) -> dict[str, str]:
    """The attributes of a message as strings; what is an object or a list is none."""
    found = message.get("attributes")
    items = found.items() if isinstance(found, dict) else ()
    return {key: str(value) for key, value in items if not isinstance(value, dict | list)}


def _published(message: dict[str, Any], received: datetime) -> datetime:
    text = attributes(message).get(ORIGINAL_TIME) or message.get("publishTime") or message.get("publish_time")
    try:
        return parse_time(text) if text else received
    except (TypeError, ValueError):
        return received  # the entry's own time matters; this one only stands in for it


def _decode(data: Any) -> bytes:
    if not isinstance(data, str) or not data:
        raise NotUnderstoodError("the message has no data")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotUnderstoodError("the message data is not base64") from error


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotUnderstoodError(f"{what} is not JSON: {error}"[:300]) from error
