"""Signed CloudEvents over HTTP: what a receiver gets, and how to verify it."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from demo.platform.http import Reply
from handlers.messages.cloud_event import LARGEST, as_bytes, incident_event, short_event
from handlers.messages.signature import signed_headers
from handlers.notifiers import webhook
from handlers.notifiers.webhook import Params
from shared.config import ROOT
from shared.errors import ChannelError, InputError
from shared.model import Status, Trigger
from shared.secret import Secret
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident
from tests.support.receiver import Receiver, context_with

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "incident-event.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "webhook.md").read_text(encoding="utf-8")
ENGLISH = Locale("en", "UTC", NOW)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def environment(receiver: Receiver, **more: str) -> dict[str, str]:
    return {"HINOMI_WEBHOOK_URL": receiver.address, "HINOMI_WEBHOOK_KEY": KEY, **more}


def mistakes(event: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(event)]


def test_no_value_of_an_event_has_characters_that_are_invisible_or_change_the_order_of_others() -> None:
    hostile = "a\u202egnp.exe\u2066\u200b\ufeff\x1b[31m\x00\r\n\u2028b"
    texts = ("title", "summary", "resource", "principal", "resolution", "acknowledged_by", "reason")
    view = replace(
        incident(**dict.fromkeys(texts, hostile)),
        labels={hostile: hostile},
        effects=(hostile,),
        evidence={"fields": {hostile: hostile}, "elements": {"x": [hostile]}},
    )
    run = action_run(handler_rule=hostile, target=hostile, error=hostile)
    sent = json.loads(as_bytes(incident_event(context_with({}, incident=view, actions_so_far=(run,)), "w", ENGLISH)))
    assert not re.search("[\x00-\x08\x0b-\x1f\u200b\u2028\u202a-\u202e\u2066-\u2069\ufeff]", str(list(leaves(sent))))
    assert (sent["data"]["incident"]["title"], len(sent["data"]["incident"]["labels"])) == ("agnp.exe [31m b", 1)


def leaves(value: Any) -> Iterator[str]:
    """All names and texts in an event."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield str(value)


@pytest.mark.server
@pytest.mark.parametrize("trigger", list(Trigger))
def test_an_event_reaches_the_receiver_and_has_the_documented_schema(receiver: Receiver, trigger: Trigger) -> None:
    view = incident(status=Status.RESOLVED, resolved_at=NOW) if trigger is Trigger.RESOLVED else incident()
    runs = (action_run(), action_run(verdict="not_fixed"), action_run(verdict="unverified"))
    made = context_with(environment(receiver), trigger=trigger, incident=view, actions_so_far=runs)
    result = webhook.run(made, Params())
    (request,) = receiver.requests
    assert result.text.en == "event sent to webhook:default: HTTP 202"
    assert mistakes(request.body) == []
    assert (request.body["type"], request.body["subject"]) == (f"hinomi.incident.{trigger}.v1", "incidents/42")
    assert request.body["data"]["links"]["incident"] == "https://hinomi.example.com/incidents/42"
    assert request.body["data"]["command"] == "hinomi incidents show 42"
    assert request.body["data"]["actions"][0]["handler_rule"] == "close-public-access"
    assert request.headers["content-type"].startswith("application/cloudevents+json")


@pytest.mark.server
def test_an_event_says_what_to_do_next(receiver: Receiver) -> None:
    steps = [{"en": "Look.", "ja": "確認します。", "command": f"bq show {'x' * length}"} for length in (10, 5_000)]
    for view in (incident(evidence={"next": steps}), incident(evidence={"next": steps}, status=Status.RESOLVED)):
        webhook.run(context_with(environment(receiver, HINOMI_WEBHOOK_LANGUAGE="ja"), incident=view), Params())
    opened, over = (request.body for request in receiver.requests)
    assert mistakes(opened) == mistakes(over) == mistakes(short_event(opened)) == []
    whole = {"text": "確認します。", "command": "bq show xxxxxxxxxx"}
    assert opened["data"]["next_steps"] == [
        whole,
        {"text": "確認します。", "command": ""},
    ]  # half a command helps nobody
    assert over["data"]["next_steps"] == short_event(opened)["data"]["next_steps"] == []


@pytest.mark.server
def test_an_event_that_is_sent_again_has_the_same_id(receiver: Receiver) -> None:
    for run_id in (7, 7, 8):
        webhook.run(context_with(environment(receiver), run_id=run_id), Params())
    first, again, other = [request.headers["webhook-id"] for request in receiver.requests]
    assert first == again == receiver.requests[0].body["id"] != other


@pytest.mark.server
def test_a_rejected_event_is_sent_without_texts_from_a_log(receiver: Receiver) -> None:
    receiver.fail_next(Reply(422, {"error": "summary"}))
    result = webhook.run(context_with(environment(receiver)), Params())
    event = receiver.requests[-1].body
    assert result.text.en.startswith("short event sent to webhook:default")
    assert mistakes(event) == []
    assert "example-exports" not in json.dumps(event)
    assert event["data"]["incident"]["id"] == 42
    receiver.always = Reply(422)
    with pytest.raises(ChannelError, match="the receiver responded 422"):
        webhook.run(context_with(environment(receiver)), Params())


@pytest.mark.server
def test_a_channel_has_a_url_a_key_and_a_language(receiver: Receiver) -> None:
    given = {f"{name}_DATA": value for name, value in environment(receiver, HINOMI_WEBHOOK_LANGUAGE="ja").items()}
    texts = {"ja": {"title": "バケットの公開"}}
    view = incident(evidence={"translations": texts})
    webhook.run(context_with(given, incident=view), Params(channel="data"))
    assert receiver.requests[0].body["data"]["incident"]["title"] == "バケットの公開"
    with pytest.raises(ChannelError, match="HINOMI_WEBHOOK_URL is not set"):
        webhook.run(context_with(given), Params())


@pytest.mark.server
def test_a_test_event_has_the_schema_and_shows_the_response(receiver: Receiver) -> None:
    receiver.always = Reply(200, {"ok": True})
    settings = context_with(environment(receiver)).settings
    lines = [line.en for line in webhook.send_test(settings, Params(), NOW)]
    assert mistakes(receiver.requests[0].body) == []
    assert [lines[0][:9], *lines[1:]] == ["HTTP 200 ", 'Body: {"ok": true}', "Accepted."]


@pytest.mark.server
@pytest.mark.parametrize(
    "key", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64", KEY.removeprefix("whsec_")]
)
def test_a_key_that_signs_nothing_is_refused_before_anything_is_sent(receiver: Receiver, key: str) -> None:
    with pytest.raises(ChannelError, match="HINOMI_WEBHOOK_KEY") as caught:
        webhook.run(context_with(environment(receiver, HINOMI_WEBHOOK_KEY=key)), Params())
    assert receiver.requests == []
    assert len(key) < 7 or key not in str(caught.value)
    with pytest.raises(InputError):
        list(webhook.send_test(context_with(environment(receiver, HINOMI_WEBHOOK_KEY=key)).settings, Params(), NOW))


def documented() -> Any:
    """The function in docs/webhook.md that verifies a request."""
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 - the page is ours
    return names["verified"]


def test_the_documented_receiver_accepts_a_request_once_and_no_forged_or_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW.timestamp() + 200)
    verified, seen = documented(), set[str]()
    body = as_bytes(incident_event(context_with({}), "webhook:default", ENGLISH))
    headers = signed_headers(Secret(KEY), json.loads(body)["id"], body, NOW, "X")
    assert verified(headers, body, KEY, seen) == json.loads(body)
    assert verified(headers, body, KEY, seen) is None
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    for changed, content, key in (
        (headers, body.replace(b"alice", b"mallo"), KEY),
        ({**headers, "webhook-id": "x"}, body, KEY),
        ({**headers, "webhook-timestamp": str(int(NOW.timestamp()) + 1)}, body, KEY),
        (headers, body, other),
    ):
        with pytest.raises(ValueError, match="wrong signature"):
            verified(changed, content, key, set())
    monkeypatch.setattr(time, "time", lambda: NOW.timestamp() + 301)
    with pytest.raises(ValueError, match="too old"):
        verified(headers, body, KEY, set())


def test_a_signature_is_the_one_of_standard_webhooks() -> None:
    """The example of the specification (github.com/standard-webhooks/standard-webhooks)."""
    key = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    moment = NOW.fromtimestamp(1_614_265_330, tz=NOW.tzinfo)
    headers = signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', moment, "X")
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["x" * 9_000, "🔥" * 9_000, "\ud800" * 9_000, "\x00" * 9_000])
def test_an_event_is_never_too_large(text: str) -> None:
    fields = {f"path{n}.{text[:100]}": text for n in range(60)}
    view = incident(
        title=text,
        summary=text,
        resource=text,
        labels=dict.fromkeys(map(str, range(90)), text),
        evidence={"fields": fields},
    )
    made = context_with({}, incident=view, actions_so_far=(action_run(result=text),) * 40)
    event = incident_event(made, "webhook:default", ENGLISH)
    assert len(as_bytes(event)) <= LARGEST
    assert mistakes(json.loads(as_bytes(event))) == mistakes(short_event(event)) == []


def test_the_schema_is_valid_and_the_example_of_the_page_has_its_properties() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    known = SCHEMA["$defs"]["incident"]["properties"]
    assert set(example) <= set(SCHEMA["properties"])
    assert set(example["data"]["incident"]) <= set(known)
