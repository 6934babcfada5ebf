"""Extracts the message from an HTTP request of Pub/Sub or Eventarc.

These forms reach a function (docs.cloud.google.com/pubsub/docs/push, …/eventarc/docs/cloudevents):

- a push: `{"message": {"data": base64, …}, "subscription": …}`; a Pub/Sub trigger sends the same with `ce-*` headers
- a push without wrapper: the body is the data; the attributes are in optional `x-goog-pubsub-*` headers
- a structured CloudEvent: one of these, or an audit log entry of Eventarc, under `data` or encoded as `data_base64`
- a binary CloudEvent: an audit log entry of Eventarc as the body, with `ce-*` headers
- a batch: a JSON array of any of these

Each may begin with a byte order mark.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from collectors.metrics_analysis.evidence import NotUnderstoodError, is_too_deep, parse_time
from shared.lazy.dataclass import dataclass
from shared.texts import Template
from shared.texts import evidence as texts

# Attributes of a replayed message: it keeps its id and its first time of publication.
ORIGINAL_ID = "hinomi-message-id"
ORIGINAL_TIME = "hinomi-publish-time"
# Attribute of a rejected message: the path of its request, which its replay goes to. A sender cannot set it.
ROUTE = "hinomi-route"

# Attribute of a rejected message whose sender is not trusted: `hinomi dlq replay --all` leaves it out.
UNTRUSTED = "hinomi-untrusted"

_WRAPPER = {"message", "subscription", "deliveryAttempt"}  # the keys that a push can have besides its message

BOM = b"\xef\xbb\xbf"  # some senders write it before UTF-8; JSON does not allow it (RFC 8259, section 8.1)
MAX_BATCH = 1_000  # events in one request
MAX_BODY = 20 * 1024 * 1024  # a Pub/Sub message has at most 10 MB; base64 and the envelope add a third


@dataclass(frozen=True, slots=True)
class Message:
    """One Pub/Sub message: `data` is the decoded JSON document in it.

    `published` is the time of the first publication, from an attribute of a replayed message; `sent` is the publication time set by Pub/Sub.
    """

    message_id: str
    published: datetime
    attributes: dict[str, str]
    data: Any
    sent: datetime


def is_readable(body: bytes) -> bool:
    """Whether a body is a JSON object that every parser can read: not nested too deeply, and without too large numbers."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and not is_too_deep(document)


def batch(body: bytes) -> list[bytes] | None:
    """The bodies of the events in a batch; None if the body is not a batch."""
    if body[:64].removeprefix(BOM).lstrip()[:1] != b"[" or len(body) > MAX_BODY:
        return None
    try:
        events = orjson.loads(body.removeprefix(BOM))
    except orjson.JSONDecodeError:
        return None
    is_batch = 0 < len(events) <= MAX_BATCH and all(isinstance(event, dict) for event in events)
    return [orjson.dumps(event) for event in events] if is_batch else None


def read(body: bytes, *, received: datetime, headers: Mapping[str, str] | None = None) -> Message:
    """The message in a request body. Raises NotUnderstoodError with the reason, one line.

    `headers` have lower-case names; the message id comes from them if the body is only the data.
    """
    if len(body) > MAX_BODY:
        raise NotUnderstoodError(texts.BODY_TOO_LONG(size=len(body)))
    document, named = _event(_json(body, texts.BODY_NO_JSON), headers or {})
    if not isinstance(document, dict):
        raise NotUnderstoodError(texts.BODY_NO_OBJECT)
    if not document.keys() & {"message"} or document.keys() - _WRAPPER:
        return _message(named, document, received)
    message = document["message"]
    if not isinstance(message, dict):
        raise NotUnderstoodError(texts.NO_PUSH)
    data = _json(_decode(message.get("data")), texts.DATA_NO_JSON)
    return _message(message, data, received)


def _message(fields: dict[str, Any], data: Any, received: datetime) -> Message:
    sent = fields.get("publishTime") or fields.get("publish_time")
    first = attributes(fields).get(ORIGINAL_TIME) or sent
    return Message(message_id(fields), _time(first, received), attributes(fields), data, _time(sent, received))


def _event(document: Any, headers: Mapping[str, str]) -> tuple[Any, dict[str, Any]]:
    """The data of an event and its id, in the fields of a Pub/Sub message."""
    if isinstance(document, dict) and "specversion" in document:
        data = _data(document)
        if isinstance(data, dict):
            return data, {"messageId": document.get("id"), "publishTime": document.get("time")}
    first = headers.get
    return document, {
        "messageId": first("x-goog-pubsub-message-id") or first("ce-id"),
        "publishTime": first("x-goog-pubsub-publish-time") or first("ce-time"),
    }


def _data(event: dict[str, Any]) -> Any:
    """The data of a structured CloudEvent: JSON, its text, or its bytes in base64.

    Raises NotUnderstoodError when it has none of these.
    """
    data = event.get("data")
    if data is None and event.get("data_base64"):
        return _json(_decode(event["data_base64"]), texts.DATA_NO_JSON)
    return _json(data.encode("utf-8", "replace"), texts.DATA_NO_JSON) if isinstance(data, str) else data


def peek(body: bytes, headers: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """The message id and the attributes, as far as they are readable, for the record of a rejected message."""
    try:
        envelope, named = _event(orjson.loads(body.removeprefix(BOM)), headers or {})
    except (orjson.JSONDecodeError, NotUnderstoodError):
        envelope, named = _event(None, headers or {})
    message = envelope.get("message") if isinstance(envelope, dict) else None
    fields = message if isinstance(message, dict) else named
    return message_id(fields), attributes(fields)


def message_id(message: dict[str, Any]) -> str:
    """The id of a message: messageId in a push, message_id from some senders; for a replay the id of the first delivery."""
    first = attributes(message).get(ORIGINAL_ID)
    number = first or message.get("messageId") or message.get("message_id")
    return str(number)[:100] if isinstance(number, str | int) else ""


def attributes(message: dict[str, Any]) -> dict[str, str]:
    """The attributes of a message as strings; objects and lists are left out."""
    mapping = message.get("attributes")
    items = mapping.items() if isinstance(mapping, dict) else ()
    return {key: str(value) for key, value in items if not isinstance(value, dict | list)}


def _time(text: Any, received: datetime) -> datetime:
    try:
        return min(parse_time(text), received) if text else received
    except (TypeError, ValueError):
        return received  # the time of the entry is used; this one is a fallback


def _decode(data: Any) -> bytes:
    if not isinstance(data, str) or not data:
        raise NotUnderstoodError(texts.NO_DATA)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotUnderstoodError(texts.NOT_BASE64) from error


def _json(text: bytes, problem: Template) -> Any:
    try:
        return orjson.loads(text.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise NotUnderstoodError(problem(error=str(error)[:250])) from error
