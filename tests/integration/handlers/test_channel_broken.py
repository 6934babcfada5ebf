"""A channel that rejects everything: no notification is lost, and waiting ones are sent when it accepts messages again."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from handlers.channels import health
from handlers.plan import Planner
from handlers.spec import HandlerSpec, Match
from handlers.stages.model import Reason
from shared.config import Settings
from shared.model import Mode, RunState, Severity, Status, Trigger
from shared.records import IncidentChange
from tests.support.cards import card_labels, titles
from tests.support.two_channels import CARD, World, two_channels

pytestmark = pytest.mark.sqlite

NIGHT = HandlerSpec(
    name="night", action="teams", mode=Mode.AUTO, params={"channel": "night"}, match=Match(service=("bigquery",))
)
TURNED_OFF = '{"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "The trigger is not enabled."}}'
FORBIDDEN = (401, 403, 404, 405, 410)


@pytest.fixture
def world(store: ErrorStore) -> Iterator[World]:
    with two_channels(store) as made:
        yield made


@pytest.mark.parametrize("status", FORBIDDEN)
def test_a_rejected_caller_does_not_lose_the_card(world: World, status: int) -> None:
    world.breaks(status)
    world.fails("a")
    world.repaired()
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("", "a")]
    assert world.desk.runs(1)[0].state is RunState.DONE


def test_a_disabled_workflow_does_not_lose_the_card(world: World) -> None:
    world.breaks(400, TURNED_OFF)
    world.fails("a")
    assert "switched off" in str(world.channel().reason)
    world.repaired()
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("", "a")]


def test_a_channel_that_rejects_every_card_and_its_plain_form_is_broken(world: World) -> None:
    world.breaks(400, '{"error": {"code": "BadRequest"}}')
    world.fails("a")
    assert world.channel().broken_since == world.desk.now


def test_a_single_rejected_card_does_not_break_the_channel(world: World) -> None:
    world.teams.fail_next_with(413, "Request Entity too large")
    world.fails("a")
    assert world.channel().broken_since is None
    assert world.desk.runs(1)[0].state is RunState.DONE
    assert "plain notification" in str(world.desk.runs(1)[0].result)


def test_an_unresolvable_host_breaks_the_channel_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        world.fails("a")
    assert "has no address" in str(world.channel().reason)
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("", "a")]


def test_a_channel_without_a_url_keeps_its_notifications(world: World) -> None:
    world.desk.settings = Settings()
    world.fails("a")
    assert "HINOMI_TEAMS_WEBHOOK_URL" in str(world.channel().reason)
    assert world.desk.runs(1)[0].state is RunState.PLANNED


@pytest.mark.both_databases
def test_a_server_that_does_not_respond_breaks_the_channel_after_a_minute(world: World) -> None:
    world.breaks(503)
    world.fails("a")
    assert world.channel().broken_since is None
    world.tick(seconds=30)
    assert world.channel().broken_since is None
    world.tick(minutes=1)
    channel = world.channel()
    assert (channel.failures, channel.broken_since) == (3, world.desk.runs(1)[0].created_at)
    for _ in range(20):
        world.tick(hours=1)
    assert world.desk.runs(1)[0].state is RunState.PLANNED
    world.repaired()
    world.tick(hours=1)
    assert card_labels(world.teams) == [("", "a")]


def test_one_incident_reports_the_broken_channel_and_resolves_by_itself(world: World) -> None:
    world.breaks()
    world.fails("a")
    world.fails("b")
    for _ in range(5):
        world.tick(minutes=20)
    (incident,) = world.about_the_channel()
    assert (incident.resource, incident.status, incident.severity) == ("teams:default", Status.OPEN, Severity.HIGH)
    assert "404" in incident.summary
    assert all(run.state is RunState.SKIPPED for run in world.desk.runs(incident.id))
    world.repaired()
    world.tick(minutes=20)
    (incident,) = world.about_the_channel()
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, world.desk.now)
    assert {run.state for run in world.desk.runs(incident.id)} <= {RunState.SKIPPED}


def test_another_channel_is_notified_once_when_it_breaks_and_once_when_it_works(world: World) -> None:
    """The message that breaks the channel notifies the other channel at once, before any tick."""
    world.desk.apply(CARD, NIGHT)
    world.breaks()
    world.fails("a")
    assert titles(world.night) == ["Hinomi cannot notify a channel"]
    world.tick(minutes=20)
    world.tick(minutes=20)
    assert titles(world.night) == ["Hinomi cannot notify a channel"]
    world.repaired()
    world.tick(minutes=20)
    assert card_labels(world.night) == [("", "teams:default"), ("Resolved", "teams:default")]
    assert card_labels(world.teams) == [("", "a")]


def test_a_rule_for_another_channel_that_matches_is_the_one_that_reports_it(world: World) -> None:
    operators = HandlerSpec(
        name="operators", action="teams", mode=Mode.AUTO, params={"channel": "night"}, match=Match(service=("hinomi",))
    )
    world.desk.apply(CARD, NIGHT, operators)
    world.breaks()
    world.fails("a")
    world.tick(minutes=1)
    (incident,) = world.about_the_channel()
    assert [run.handler_rule for run in world.desk.runs(incident.id)] == ["operators"]


def test_a_dry_decision_says_which_rule_reports_the_channel(world: World) -> None:
    world.desk.apply(CARD, NIGHT)
    world.breaks()
    world.fails("a")
    (incident,) = world.about_the_channel()
    change = IncidentChange(incident, Trigger.OPENED, "test", None)
    with world.desk.store.reading() as session:
        planner = Planner(session, world.desk.now)
        found = {rule.name: decision.reason for rule, decision in planner.decisions(change)}
    assert found == {"card": Reason.SAME_CHANNEL, "night": Reason.MATCHED}


def test_every_failed_attempt_writes_a_line_that_an_alert_policy_finds(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.breaks()
    world.fails("a")
    world.tick(minutes=20)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [line for line in lines if line.get("alert") == "Hinomi cannot notify"]
    assert [(line["severity"], line["channel"], line["attempts"]) for line in found] == [
        ("ERROR", "teams:default", 1),
        ("ERROR", "teams:default", 2),
    ]


def test_a_broken_channel_is_retried_with_backoff(world: World) -> None:
    world.breaks()
    world.fails("a")
    waits = []
    for _ in range(8):
        channel = world.channel()
        assert channel.next_attempt_at is not None
        waits.append((channel.next_attempt_at - world.desk.now).total_seconds())
        world.tick(seconds=waits[-1] + 1)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_broken_channel_is_retried_with_one_message(world: World) -> None:
    world.breaks()
    for name in "abcdef":
        world.fails(name)
    assert len(world.teams.requests) == 1
    world.tick(minutes=1)
    assert len(world.teams.requests) == 2


def test_the_next_attempt_is_made_with_another_notification(world: World) -> None:
    world.breaks()
    world.fails("a")
    world.fails("b")
    world.repaired()
    world.teams.cards.clear()
    world.desk.wait(minutes=1)
    world.desk.worker().run_due(world.desk.now, limit=1)
    assert card_labels(world.teams) == [("", "b")]


def test_open_incidents_are_sent_and_resolved_ones_share_one_digest(world: World) -> None:
    world.fails("before")
    world.desk.wait(minutes=5)
    world.breaks()
    for name in ("a", "b", "c"):
        world.fails(name)
        world.desk.wait(seconds=1)
    for name in ("before", "b", "c"):
        world.recovers(name)
    world.tick(minutes=1)
    world.repaired()
    world.tick(minutes=20)
    world.tick(minutes=5)
    assert card_labels(world.teams)[0] == ("", "before")
    assert ("", "a") in card_labels(world.teams)
    (digest,) = [card for card in world.teams.cards if "Digest" in str(card)]
    assert all(name in str(digest) for name in ("before", "b", "c"))
    assert str(digest).count("Opened and resolved") == 2
    assert len(world.teams.cards) == 3


def test_a_resolution_is_sent_after_the_opening(world: World) -> None:
    world.teams.fail_next_with(503)
    world.fails("a")
    world.recovers("a")
    world.desk.work()
    assert world.teams.cards == []
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("Opened and resolved", "a")]
    assert [run.state for run in world.desk.runs(1)] == [RunState.DONE, RunState.DONE]


def test_k13_failures_and_recoveries_of_a_job_are_notified_in_their_order(world: World) -> None:
    world.teams.fail_next_with(404)
    world.fails("job")
    world.tick(hours=1)
    world.tick(hours=1)
    world.desk.public_bucket("again", bucket="job")
    world.recovers("job")
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("", "job"), ("Resolved", "job")]


def test_without_a_sweep_in_between_the_job_is_notified_once(world: World) -> None:
    world.teams.fail_next_with(404)
    world.fails("job")
    world.desk.public_bucket("again", bucket="job")
    world.recovers("job")
    world.tick(hours=1)
    (card,) = world.teams.cards
    assert "Opened and resolved" in str(card)


@pytest.mark.both_databases
def test_a_broken_channel_that_no_rule_uses_is_deleted(world: World) -> None:
    world.breaks()
    world.fails("a")
    forget(world)
    assert world.about_the_channel()[0].status is Status.OPEN
    world.desk.apply(NIGHT)
    forget(world)
    (incident,) = world.about_the_channel()
    assert (incident.status, incident.resolution) == (
        Status.RESOLVED,
        "no handler rule uses teams:default any more; its notifications were skipped",
    )
    assert (world.channel().broken_since, world.desk.runs(1)[0].reason) == (None, "channel_removed")


def forget(world: World) -> None:
    with world.desk.store.transaction(world.desk.now) as transaction:
        health.drop_unused(transaction, world.desk.now)
