"""The action replay_dead_letter against a real HTTP server that speaks the API of Pub/Sub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.messaging.pubsub import PubSubServer
from handlers.actions.pubsub import replay_dead_letter
from handlers.actions.pubsub.replay_dead_letter import Params
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusedError
from shared.model import IncidentKind, Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT = "projects/example-project"
SOURCE, READER = f"{PROJECT}/subscriptions/orders-load", f"{PROJECT}/subscriptions/dead-orders"
TOPIC, DEAD = f"{PROJECT}/topics/orders", f"{PROJECT}/topics/dead-letters"


def dead(data: str, *, of: str = "orders-load", project: str = "example-project", **attributes: str) -> dict[str, Any]:
    """A message as Pub/Sub forwards it."""
    forwarded = {
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": of,
        "CloudPubSubDeadLetterSourceSubscriptionProject": project,
        "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-11-23T05:00:00.000+00:00",
    }
    return {"data": data, "attributes": {**forwarded, **attributes}}


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    with PubSubServer() as running:
        running.add_topic(TOPIC)
        running.add_topic(DEAD)
        policy = {"deadLetterTopic": DEAD, "maxDeliveryAttempts": 5}
        running.add_subscription(SOURCE, TOPIC, deadLetterPolicy=policy)
        running.add_subscription(READER, DEAD, pushConfig={})
        yield running


def run(
    server: PubSubServer, *, mode: Mode = Mode.AUTO, fields: dict[str, Any] | None = None, **params: Any
) -> ActionResult:
    view = incident(
        kind=IncidentKind.LOAD_ISSUE,
        service="pubsub",
        rule="load/pubsub_dead_letters",
        resource="example-project/orders-load",
        labels={"subscription_id": "orders-load", "project_id": "example-project"},
    )
    return remediate(
        replay_dead_letter,
        Settings(pubsub_endpoint=server.url),
        replace(view, **(fields or {})),
        mode=mode,
        params=params,
    )


def republished(server: PubSubServer) -> list[str]:
    return [str(message["data"]) for message in server.topics[TOPIC]]


def left(server: PubSubServer) -> list[str]:
    return [str(message["data"]) for message in server.waiting(READER)]


@pytest.mark.permissions
def test_a_dead_letter_is_published_to_its_topic_with_its_attributes_and_then_acknowledged(
    server: PubSubServer,
) -> None:
    message = {**dead("b3JkZXI=", region="eu", googclient_schemaencoding="JSON"), "orderingKey": "customer-7"}
    server.publish(DEAD, message)
    done = run(server)
    assert done.text.en == f"published one dead letter of {SOURCE} to {TOPIC} again"
    assert done.changed
    (found,) = server.topics[TOPIC]
    assert (found["data"], found["orderingKey"]) == ("b3JkZXI=", "customer-7")
    kept = {key: value for key, value in message["attributes"].items() if key != "googclient_schemaencoding"}
    assert found["attributes"] == {**kept, "hinomi_replays": "1"}
    assert left(server) == []
    order = [request.parts[-1].rpartition(":")[2] for request in server.requests if request.method == "POST"]
    assert order == ["pull", "publish", "acknowledge", "pull", "pull", "pull"]


def test_messages_of_others_and_those_replayed_before_stay(server: PubSubServer) -> None:
    server.publish(
        DEAD,
        dead("b3RoZXI=", of="invoices-load"),
        dead("cHJvamVjdA==", project="elsewhere-project"),
        dead("YWdhaW4=", hinomi_replays="1"),
        dead("b2Rk", hinomi_replays="many"),
        {"data": "ZGlyZWN0"},
        dead("b3du"),
    )
    done = run(server)
    assert republished(server) == ["b3du"]
    assert len(left(server)) == 5
    assert done.text.en.endswith(
        f"again; 5 messages stay in {READER}: they are of other subscriptions, or were replayed as often as allowed (max_replays: 1)"
    )
    assert (done.details or {})["left"] == 5
    server.expire_leases()
    assert run(server, max_replays=2).changed
    assert republished(server) == ["b3du", "YWdhaW4="]


def test_a_run_replays_at_most_so_many_messages_in_requests_of_one_ordering_key(
    server: PubSubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish(DEAD, *[{**dead(str(number)), "orderingKey": "ab"[number % 2]} for number in range(50)])
    monkeypatch.setattr(replay_dead_letter, "MOST_CHARACTERS", 8)
    assert "published 45 dead letters" in run(server, max_messages=45).text.en
    assert sorted(map(int, republished(server))) == list(range(45))
    assert [int(each) for each in republished(server) if int(each) % 2] == list(range(1, 45, 2))
    assert left(server) == [str(number) for number in range(45, 50)]


def test_a_message_that_could_not_be_published_is_not_acknowledged(server: PubSubServer) -> None:
    server.publish(DEAD, dead("b3du"))
    reply = server.reply
    server.reply = lambda request: Reply(503) if request.parts[-1].endswith(":publish") else reply(request)  # type: ignore[method-assign]
    with pytest.raises(ActionError, match=f"publish to {TOPIC}: HTTP 503") as failed:
        run(server)
    assert not failed.value.permanent
    assert left(server) == ["b3du"]


def test_an_empty_pull_does_not_end_the_replay(server: PubSubServer) -> None:
    server.publish(DEAD, dead("b3du"))
    reply, empty = server.reply, [Reply(200, {}), Reply(200, {})]
    server.reply = lambda request: (  # type: ignore[method-assign]
        empty.pop() if empty and request.parts[-1].endswith(":pull") else reply(request)
    )
    assert run(server).changed
    assert left(server) == []


def test_without_a_waiting_message_nothing_changes(server: PubSubServer) -> None:
    done = run(server)
    assert done.text.en == f"nothing to do: no dead letter of {SOURCE} waits in {READER}"
    assert not done.changed


def test_a_dry_run_pulls_nothing(server: PubSubServer) -> None:
    server.publish(DEAD, dead("b3du"))
    done = run(server, mode=Mode.DRY_RUN, max_messages=7)
    assert done.text.en == f"would publish up to 7 dead letters of {SOURCE} to {TOPIC} again"
    assert all(request.method == "GET" for request in server.requests)


def test_one_of_several_subscriptions_is_named_by_the_rule(server: PubSubServer) -> None:
    second = f"{PROJECT}/subscriptions/dead-archive"
    server.add_subscription(second, DEAD)
    server.publish(DEAD, dead("b3du"))
    with pytest.raises(TargetRefusedError, match="has 2 subscriptions: name one"):
        run(server)
    run(server, subscription=second)
    assert server.waiting(second) == []
    assert left(server) == ["b3du"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda server: server.add_subscription(SOURCE, TOPIC), "has no dead-letter topic"),
        (lambda server: server.remove(READER), "no subscription keeps the messages"),
        (lambda server: server.remove(SOURCE), "HTTP 404"),
        (
            lambda server: server.add_subscription(READER, DEAD, pushConfig={"pushEndpoint": "https://x.example.com"}),
            "delivers its messages itself",
        ),
        (
            lambda server: server.add_subscription(READER, DEAD, bigqueryConfig={"table": "p.d.t"}),
            "delivers its messages",
        ),
    ],
)
def test_a_subscription_without_readable_dead_letters_is_refused(
    server: PubSubServer, change: Any, message: str
) -> None:
    change(server)
    with pytest.raises(TargetRefusedError, match=message):
        run(server)


def test_a_subscription_of_another_topic_or_project_is_refused(server: PubSubServer) -> None:
    with pytest.raises(TargetRefusedError, match="is not a subscription of the dead-letter topic"):
        run(server, subscription=SOURCE)
    with pytest.raises(TargetRefusedError, match="not in the project of the incident"):
        run(server, fields={"labels": {}, "resource": "elsewhere-project/orders-load"})


@pytest.mark.parametrize(
    "values", [{"max_messages": 0}, {"max_messages": 1001}, {"max_replays": 0}, {"subscription": "x"}]
)
def test_limits_of_the_parameters_are_checked_with_the_rule(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Params(**values)
