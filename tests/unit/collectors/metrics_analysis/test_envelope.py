import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis import envelope
from collectors.metrics_analysis.evidence import NotUnderstoodError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def push(data: bytes, **extra: Any) -> bytes:
    message = {"data": base64.b64encode(data).decode(), "messageId": "7", **extra}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def test_a_push_contains_its_message() -> None:
    message = envelope.read(push(b'{"a": 1}', attributes={"k": "v"}, publishTime="2026-01-01T00:00:00Z"), received=NOW)
    assert message == envelope.Message("7", NEW_YEAR, {"k": "v"}, {"a": 1}, NEW_YEAR)


def test_a_structured_cloud_event_contains_the_push_as_its_data() -> None:
    event = {
        "specversion": "1.0",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "data": json.loads(push(b"{}")),
    }
    assert envelope.read(json.dumps(event).encode(), received=NOW).message_id == "7"


def test_a_byte_order_mark_is_ignored_before_the_body_its_data_and_a_batch() -> None:
    body = envelope.BOM + push(envelope.BOM + b'{"a": 1}')
    assert envelope.read(body, received=NOW).data == {"a": 1}
    assert envelope.peek(body)[0] == "7"
    assert envelope.batch(envelope.BOM + b" [{}, {}]") == [b"{}", b"{}"]


def test_without_a_publish_time_the_time_of_receipt_is_used() -> None:
    assert envelope.read(push(b"{}"), received=NOW).published == NOW


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"message": "text"}', "not a Pub/Sub push"),
        (b'{"message": {}}', "no data"),
        (b'{"message": {"data": 5}}', "no data"),
        (b'{"message": {"data": "***"}}', "not base64"),
        (push(b"hello"), "not JSON"),
        (push(b"[" * 100_000), "not JSON"),
        (push(b'{"a":' * 5_000 + b"1" + b"}" * 5_000), "not JSON"),
        (push(b"NaN"), "not JSON"),
        (push(b"x" * 10_000_000), "not JSON"),
        (b"x" * (envelope.MAX_BODY + 1), "more than"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_unreadable_input_is_reported_in_one_line(body: bytes, reason: str) -> None:
    with pytest.raises(NotUnderstoodError, match=reason) as caught:
        envelope.read(body, received=NOW)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_rejected(body: bytes) -> None:
    try:
        envelope.read(body, received=NOW)
    except NotUnderstoodError:
        assert isinstance(envelope.peek(body), tuple)


def test_a_rejected_message_keeps_its_id_and_attributes() -> None:
    assert envelope.peek(push(b"nonsense", attributes={"k": 5})) == ("7", {"k": "5"})
    deep = "[" * 900 + "]" * 900
    body = f'{{"message": {{"messageId": {deep}, "attributes": {{"k": "v", "deep": {deep}}}}}}}'
    assert envelope.peek(body.encode()) == ("", {"k": "v"})


def test_a_replayed_message_is_still_the_same_message() -> None:
    attributes = {envelope.ORIGINAL_ID: "3", envelope.ORIGINAL_TIME: "2025-12-31T00:00:00Z"}
    message = envelope.read(push(b"{}", attributes=attributes, publishTime="2026-01-01T00:00:00Z"), received=NOW)
    assert (message.message_id, message.published) == ("3", datetime(2025, 12, 31, tzinfo=UTC))


ENTRY = {"logName": "projects/p/logs/x", "resource": {"type": "global"}, "textPayload": "x"}


def test_a_push_without_wrapper_is_the_data_itself() -> None:
    headers = {"x-goog-pubsub-message-id": "12", "x-goog-pubsub-publish-time": "2026-01-01T00:00:00Z"}
    message = envelope.read(json.dumps(ENTRY).encode(), received=NOW, headers=headers)
    assert message == envelope.Message("12", NEW_YEAR, {}, ENTRY, NEW_YEAR)


def test_a_push_without_wrapper_and_headers_is_published_when_it_comes() -> None:
    assert envelope.read(json.dumps(ENTRY).encode(), received=NOW) == envelope.Message("", NOW, {}, ENTRY, NOW)


def test_an_audit_event_of_eventarc_comes_as_the_data_of_a_structured_event() -> None:
    event = {
        "specversion": "1.0",
        "type": "google.cloud.audit.log.v1.written",
        "id": "e1",
        "time": "2026-01-01T00:00:00Z",
        "data": ENTRY,
    }
    message = envelope.read(json.dumps(event).encode(), received=NOW)
    assert (message.message_id, message.published, message.data) == ("e1", datetime(2026, 1, 1, tzinfo=UTC), ENTRY)


def test_an_audit_event_of_eventarc_comes_as_the_body_of_a_binary_event() -> None:
    headers = {"ce-id": "e2", "ce-time": "2026-01-01T00:00:00Z", "ce-type": "google.cloud.audit.log.v1.written"}
    message = envelope.read(json.dumps(ENTRY).encode(), received=NOW, headers=headers)
    assert (message.message_id, message.data) == ("e2", ENTRY)


def test_a_publish_time_in_the_future_is_the_time_of_receipt() -> None:
    assert envelope.read(push(b"{}", publishTime="2099-01-01T00:00:00Z"), received=NOW).published == NOW


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"data": ENTRY},
        {"data": json.dumps(ENTRY)},
        {"data_base64": encoded(json.dumps(ENTRY).encode())},
        {"data": None, "data_base64": encoded(push(json.dumps(ENTRY).encode()))},
        {"data": json.loads(push(json.dumps(ENTRY).encode()))},
    ],
)
def test_the_data_of_a_structured_event_is_json_text_or_bytes(fields: dict[str, Any]) -> None:
    event = {"specversion": "1.0", "type": "google.cloud.audit.log.v1.written", "id": "e1", **fields}
    assert envelope.read(json.dumps(event).encode(), received=NOW).data == ENTRY


@pytest.mark.parametrize("fields", [{"data": "no JSON"}, {"data_base64": "***"}, {"data_base64": encoded(b"no JSON")}])
def test_an_event_whose_data_cannot_be_read_says_why(fields: dict[str, Any]) -> None:
    body = json.dumps({"specversion": "1.0", "id": "e1", **fields}).encode()
    with pytest.raises(NotUnderstoodError, match=r"not JSON|not base64"):
        envelope.read(body, received=NOW)
    assert envelope.peek(body) == ("", {})


def test_a_batch_contains_the_body_of_each_event() -> None:
    events = [ENTRY, {"specversion": "1.0", "data": ENTRY}]
    found = envelope.batch(b" \n" + json.dumps(events).encode())
    assert found is not None
    assert [json.loads(body) for body in found] == events


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"[1]", b'[{}, "x"]', b"[{", json.dumps([{}] * (envelope.MAX_BATCH + 1)).encode()]
)
def test_a_body_that_is_not_a_list_of_events_is_not_a_batch(body: bytes) -> None:
    assert envelope.batch(body) is None
