"""A failed message: rejected by a function, or undelivered and forwarded to the dead-letter subscription."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from collectors.metrics_analysis import envelope
from collectors.metrics_analysis.routes import OPEN_ROUTE, is_route, route_of
from shared.lazy.dataclass import dataclass
from shared.texts import Text, evidence
from shared.texts.cli import dlq as texts
from shared.texts.recognize import recognized

if TYPE_CHECKING:
    from db.error_db.models import RejectedMessage

REJECTED, DEAD = "rejected", "dead letter"

# Attributes that Pub/Sub adds when it forwards a message: docs.cloud.google.com/pubsub/docs/handling-failures
FORWARDED = "CloudPubSubDeadLetterSource"


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """`id` is its name on the command line: r with its row, or d with its message id.

    `data` is None if the rejected request was not a Pub/Sub message; then only `body` is set. `attempts` is the number
    of deliveries of a dead letter, if Pub/Sub reports it.
    """

    id: str
    source: str
    message_id: str
    time: datetime
    text: Text
    attributes: dict[str, str]
    data: bytes | None
    body: bytes
    replayed_at: datetime | None = None
    attempts: int | None = None

    @property
    def reason(self) -> str:
        """The reason in English, for JSON."""
        return self.text.en

    @property
    def origin(self) -> str:
        """The source of the message, as a value of the option `--from`."""
        return self.source.replace(" ", "-")

    @property
    def is_untrusted(self) -> bool:
        """Whether the message was rejected because its sender may not publish it."""
        return self.source == REJECTED and self.attributes.get(envelope.UNTRUSTED) == "true"

    @property
    def route(self) -> str:
        """The path at which the message arrived; the open path if unknown."""
        if self.source == REJECTED:
            found = self.attributes.get(envelope.ROUTE, "")
            return found if is_route(found) else OPEN_ROUTE
        return route_of(self.attributes.get(f"{FORWARDED}Subscription", ""))

    def original(self) -> dict[str, str]:
        """The attributes of the message, and those that make the pipeline recognize the replay as the same message."""
        added = (FORWARDED, envelope.ROUTE, envelope.UNTRUSTED)
        own = {key: value for key, value in self.attributes.items() if not key.startswith(added)}
        published = self.attributes.get(f"{FORWARDED}TopicPublishTime") or self.time.isoformat()
        own.setdefault(envelope.ORIGINAL_ID, self.message_id)
        own.setdefault(envelope.ORIGINAL_TIME, published)
        return {key: value for key, value in own.items() if value}


def from_row(row: RejectedMessage) -> FailedMessage:
    """The message for a row of rejected_messages."""
    return FailedMessage(
        id=f"r{row.id}",
        source=REJECTED,
        message_id=row.message_id,
        time=row.received_at,
        text=recognized(row.reason, evidence),
        attributes={str(key): str(value) for key, value in row.attributes.items()},
        data=_data(row.body),
        body=row.body,
        replayed_at=row.replayed_at,
    )


def from_message(message: Any) -> FailedMessage:
    """The message for a google.pubsub_v1 PubsubMessage of the dead-letter subscription."""
    attributes = dict(message.attributes)
    attempts = attributes.get(f"{FORWARDED}DeliveryCount")
    return FailedMessage(
        id=f"d{message.message_id}",
        source=DEAD,
        message_id=message.message_id,
        time=message.publish_time,
        text=texts.NOT_DELIVERED_OFTEN(count=attempts) if attempts else texts.NOT_DELIVERED,
        attributes=attributes,
        data=message.data,
        body=b"",
        attempts=int(attempts) if attempts and attempts.isdecimal() else None,
    )


def push_body(message: FailedMessage) -> bytes:
    """The request body of a push subscription that delivers the message."""
    if message.data is None or message.body:
        return message.body
    data = base64.b64encode(message.data).decode()
    return orjson.dumps({"message": {"data": data, "messageId": message.message_id, "attributes": message.original()}})


def _data(body: bytes) -> bytes | None:
    try:
        read = orjson.loads(body)
        read = read["data"] if "specversion" in read else read
        return base64.b64decode(read["message"]["data"], validate=True)
    except (orjson.JSONDecodeError, KeyError, TypeError, binascii.Error, ValueError):
        return None
