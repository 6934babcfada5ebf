"""The action seek_subscription against a real HTTP server that speaks the API of Pub/Sub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.messaging.pubsub import PubSubServer
from handlers.actions.pubsub import seek_subscription
from handlers.actions.pubsub.seek_subscription import Params
from handlers.context import ActionResult
from handlers.remediations.model import Effect, Journal
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

PROJECT = "projects/example-project"
NAME, TOPIC = f"{PROJECT}/subscriptions/orders-load", f"{PROJECT}/topics/orders"
OPENED = NOW - timedelta(minutes=30)


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    """A subscription with two acknowledged messages, one of them from before the incident, and one not acknowledged."""
    with PubSubServer() as running:
        running.add_topic(TOPIC)
        running.add_subscription(NAME, TOPIC, retainAckedMessages=True)
        running.publish(TOPIC, {"data": "b2xk"}, at=OPENED - timedelta(hours=1))
        running.publish(TOPIC, {"data": "bG9zdA=="}, at=OPENED)
        running.acknowledge_all(NAME)
        running.publish(TOPIC, {"data": "bmV3"}, at=NOW - timedelta(minutes=1))
        yield running


def run(server: PubSubServer, to: str = "opened", **more: Any) -> ActionResult:
    params = {"to": to, **more.pop("params", {})}
    fields = {"resource": "example-project/orders-load", "labels": {}, **more.pop("fields", {})}
    view = incident(
        kind=IncidentKind.LOAD_ISSUE, service="pubsub", rule="load/pubsub_backlog", opened_at=OPENED, **fields
    )
    return remediate(seek_subscription, Settings(pubsub_endpoint=server.url), view, params=params, **more)


def waiting(server: PubSubServer) -> list[str]:
    return [message["messageId"] for message in server.waiting(NAME)]


def posts(server: PubSubServer) -> list[str]:
    return [request.parts[-1] for request in server.requests if request.method != "GET"]


@pytest.mark.permissions
def test_messages_since_the_incident_opened_are_delivered_again_and_undo_takes_that_back(server: PubSubServer) -> None:
    done = run(server)
    assert done.text.en == (
        f"moved {NAME} to 2026-11-23 05:25:12 UTC, so that messages published since are delivered again"
    )
    assert waiting(server) == ["2", "3"]
    assert not done.recovered
    assert done.undo is not None
    assert run(server, undoes=done.undo).text.en == f"restored the earlier acknowledgements of {NAME}"
    assert waiting(server) == ["3"]
    assert server.snapshots == {}


def test_a_backlog_is_dropped_up_to_the_start_of_the_run_and_undo_restores_it(server: PubSubServer) -> None:
    done = run(server, "now")
    assert waiting(server) == []
    run(server, undoes=done.undo)
    assert waiting(server) == ["3"]


def test_acknowledgements_of_a_snapshot_are_restored(server: PubSubServer) -> None:
    server.snapshots[f"{PROJECT}/snapshots/before-release"] = TOPIC, []
    run(server, "snapshot", params={"snapshot": "before-release"})
    assert waiting(server) == ["1", "2", "3"]


def test_a_dry_run_only_reads(server: PubSubServer) -> None:
    assert run(server, mode=Mode.DRY_RUN).text.en.startswith(f"would seek {NAME} to 2026-11-23 05:25:12 UTC")
    assert posts(server) == []


def test_the_plan_of_now_is_the_same_until_it_is_approved(server: PubSubServer) -> None:
    first = run(server, "now", mode=Mode.DRY_RUN).plan
    server.publish(TOPIC, {"data": "bQ=="})
    assert first is not None
    assert run(server, "now", approved_plan=first.fingerprint).changed


@pytest.mark.parametrize("answers", [[Reply(500)], [None, Reply(503)], []])
def test_an_interrupted_seek_is_made_once_more_to_the_same_time_and_a_made_one_is_not_repeated(
    server: PubSubServer, answers: list[Reply | None]
) -> None:
    journal, reply = Journal(), server.reply
    left = list(answers)

    def answer(request: Any) -> Reply:
        planned = left.pop(0) if request.method != "GET" and left else None
        return planned or reply(request)

    server.reply = answer  # type: ignore[method-assign]
    if answers:
        with pytest.raises(ActionError, match="HTTP 50"):
            run(server, "now", journal=journal)
        server.publish(TOPIC, {"data": "bGF0ZXI="}, at=NOW + timedelta(seconds=30))
        run(server, "now", journal=journal)
        assert waiting(server) == ["4"]
    else:
        run(server, "now", journal=journal)
    made = len(journal.effects)
    assert "interrupted" in run(server, "now", journal=journal).text.en
    assert len(journal.effects) == made
    assert journal.effects[-1] is Effect.MADE
    assert len(server.snapshots) == 1


@pytest.mark.parametrize(
    ("fields", "message", "reason"),
    [
        ({"resource": "elsewhere-project/orders-load"}, "not in the project", TargetRefusal.OTHER_TARGET),
        ({"labels": {"subscription_id": "../topics/x"}}, "is not a subscription", TargetRefusal.OTHER_TARGET),
        ({"labels": {"subscription_id": "a b"}}, "is not a subscription", TargetRefusal.OTHER_TARGET),
        ({"project": ""}, "not in the project", TargetRefusal.OTHER_TARGET),
        ({"labels": {"subscription": "gone"}}, "HTTP 404", TargetRefusal.TARGET_NOT_FOUND),
        ({"labels": {"subscription": "unkept"}}, "keeps no acknowledged messages", TargetRefusal.OTHER_TARGET),
        ({"labels": {"subscription": "detached"}}, "is detached", TargetRefusal.OTHER_TARGET),
    ],
)
def test_another_subscription_than_the_incidents_is_refused(
    server: PubSubServer, fields: dict[str, Any], message: str, reason: TargetRefusal
) -> None:
    server.add_subscription(f"{PROJECT}/subscriptions/unkept", TOPIC)
    server.add_subscription(f"{PROJECT}/subscriptions/detached", TOPIC, detached=True)
    with pytest.raises(TargetRefusedError, match=message) as refused:
        run(server, fields=fields)
    assert refused.value.reason is reason
    assert posts(server) == []


@pytest.mark.parametrize(
    ("topic", "message"), [(f"{PROJECT}/topics/other", "belongs to another topic"), ("", "does not exist")]
)
def test_a_snapshot_of_another_topic_is_refused(server: PubSubServer, topic: str, message: str) -> None:
    if topic:
        server.snapshots[f"{PROJECT}/snapshots/before-release"] = topic, []
    with pytest.raises(TargetRefusedError, match=message):
        run(server, "snapshot", params={"snapshot": "before-release"})
    assert posts(server) == []


def test_there_is_no_undo_once_the_snapshot_has_expired(server: PubSubServer) -> None:
    done = run(server)
    server.snapshots.clear()
    with pytest.raises(TargetRefusedError, match="expired or was deleted") as refused:
        run(server, undoes=done.undo)
    assert refused.value.reason is TargetRefusal.TARGET_CHANGED


@pytest.mark.parametrize(
    "values",
    [
        {"to": "yesterday"},
        {"to": "opened", "minutes_before": -1},
        {"to": "opened", "snapshot": "x-1"},
        {"to": "snapshot"},
        {"to": "snapshot", "snapshot": "a/b"},
    ],
)
def test_limits_of_the_parameters_are_checked_with_the_rule(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Params(**values)
