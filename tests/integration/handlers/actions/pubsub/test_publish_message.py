"""The action publish_message against a real HTTP server that speaks the API of Pub/Sub."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.messaging.pubsub import PubSubServer
from deploy.parts.channel_topics import topics_in
from deploy.required_settings import published_topics
from handlers.actions.pubsub import publish_message
from handlers.actions.pubsub.publish_message import Params
from handlers.context import ActionResult
from handlers.remediations.model import Journal
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.model import Mode
from shared.secret import Secret
from tests.support.incidents import incident
from tests.support.remediating import remediate

TOPIC = "projects/example-project/topics/reloads"
VARIABLE = "HINOMI_PUBLISH_TOPIC_RELOADS"
BODY = {"table": {"from": "resource", "pattern": "[a-z.]+"}, "reason": "repair"}


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    with PubSubServer() as running:
        running.add_topic(TOPIC)
        yield running


def settings(server: PubSubServer, value: str = TOPIC) -> Settings:
    return Settings(pubsub_endpoint=server.url, environment={VARIABLE: Secret(value)})


def run(
    server: PubSubServer,
    *,
    mode: Mode = Mode.AUTO,
    resource: str = "mart.orders",
    journal: Journal | None = None,
    **params: Any,
) -> ActionResult:
    given = {"topic": "reloads", "body": BODY, **params}
    view = incident(service="bigquery", resource=resource, labels={"team": "data"})
    return remediate(publish_message, settings(server), view, mode=mode, params=given, journal=journal or Journal())


@pytest.mark.permissions
def test_a_message_with_values_of_the_incident_is_published(server: PubSubServer) -> None:
    done = run(server, attributes={"team": {"from": "label.team"}, "kind": "reload"})
    assert done.text.en == f"published message 1 to {TOPIC}"
    assert not done.recovered
    (message,) = server.topics[TOPIC]
    assert json.loads(base64.b64decode(message["data"])) == {"table": "mart.orders", "reason": "repair"}
    key = message["attributes"].pop("idempotency-key")
    assert len(key) == 32
    assert message["attributes"] == {"team": "data", "kind": "reload", "content-type": "application/json"}


def test_a_dry_run_shows_the_message_and_publishes_nothing(server: PubSubServer) -> None:
    done = run(server, mode=Mode.DRY_RUN)
    assert done.text.en == f"would publish a message to {TOPIC}"
    assert done.plan is not None
    assert done.plan.calls[0].shown_body["body"] == {"table": "mart.orders", "reason": "repair"}
    assert server.requests == []


def test_a_message_whose_response_was_lost_is_published_again_with_its_key_and_a_published_one_is_not(
    server: PubSubServer,
) -> None:
    journal = Journal()
    server.publish(TOPIC, {"data": "", "attributes": {}})
    server.fail_next(Reply(503))
    with pytest.raises(ActionError, match="HTTP 503"):
        run(server, journal=journal)
    assert run(server, journal=journal).changed
    first, second = (json.dumps(request.body, sort_keys=True) for request in server.requests)
    assert first == second
    assert "interrupted" in run(server, journal=journal).text.en
    assert len(server.requests) == 2


def test_a_value_of_the_incident_that_does_not_match_its_pattern_is_not_published(server: PubSubServer) -> None:
    with pytest.raises(ActionError, match="does not match") as failed:
        run(server, resource="mart; DROP")
    assert failed.value.permanent
    assert server.requests == []


@pytest.mark.parametrize(
    "attributes", [{"googid": "x"}, {"idempotency-key": "x"}, {"": "x"}, {"a": "x" * 1025}, {"a": 7}, {"a" * 257: "x"}]
)
def test_an_attribute_that_pubsub_rejects_is_rejected_with_the_rule(attributes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="is not allowed"):
        Params("reloads", attributes=attributes)


def test_a_topic_that_is_not_set_names_the_variable(server: PubSubServer) -> None:
    with pytest.raises(ActionError, match="set HINOMI_PUBLISH_TOPIC_OTHER"):
        run(server, topic="other")
    assert "HINOMI_PUBLISH_TOPIC_OTHER" in publish_message.problem(settings(server), Params("other")).en
    assert not publish_message.problem(Settings(), Params("other"))
    with pytest.raises(InputError, match="projects/PROJECT/topics/TOPIC"):
        publish_message.TOPIC.check("reloads")  # type: ignore[misc]


def test_deploy_lets_hinomi_publish_to_the_topic_of_an_enabled_rule(tmp_path: Path) -> None:
    rules = tmp_path / "handlers.yaml"
    rules.write_text(
        "handlers:\n"
        "  - {name: ask, action: publish_message, mode: approve, params: {topic: reloads}}\n"
        "  - {name: dry, action: publish_message, params: {topic: drafts}}\n",
        encoding="utf-8",
    )
    environment = {VARIABLE: Secret(TOPIC), "HINOMI_PUBLISH_TOPIC_DRAFTS": Secret(f"{TOPIC}-drafts")}
    used = published_topics(rules, environment)
    assert {topic: [each.en for each in by] for topic, by in used.items()} == {
        TOPIC: ["handler rule ask (publish_message)"]
    }
    assert topics_in({VARIABLE: TOPIC}) == {TOPIC: [VARIABLE]}
