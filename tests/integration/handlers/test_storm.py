"""A storm of failures results in a few cards and a digest, on any number of instances, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from db.error_db.store import ErrorStore
from demo.platform.teams import TeamsServer
from handlers.channels.card_window import SINGLE_CARDS
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, RunState, Severity, Trigger
from shared.secret import Secret
from tests.support.cards import card_labels
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

CARD = HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=tuple(Trigger))
DASHBOARD = "https://hinomi.example.com"
WINDOW = 120


@dataclass
class World:
    """The handlers and their channel."""

    desk: Desk
    teams: TeamsServer

    def fails(self, number: int, severity: Severity = Severity.HIGH, service: str = "composer", **changes: str) -> None:
        """Records a failed task and handles its message."""
        found = self.desk.public_bucket(
            f"e{number}", bucket=f"task-{number}", severity=severity, service=service, **changes
        )
        self.desk.work(incident_ids=[change.incident.id for change in found])

    def tick(self, limit: int = 50, **later: float) -> None:
        self.desk.wait(**later)
        self.desk.work(limit=limit)

    def digests(self) -> list[str]:
        return [str(card) for card in self.teams.cards if "Digest" in str(card)]


@pytest.fixture
def world(store: ErrorStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("handlers.messages.channel_message.PATIENCE_SECONDS", 0.0)
    with TeamsServer() as teams:
        settings = Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}, dashboard_url=DASHBOARD)
        desk = Desk(store, settings)
        desk.apply(CARD)
        yield World(desk, teams)


def test_thirty_failures_in_a_minute_are_three_cards_and_a_digest(world: World) -> None:
    """There are more waiting runs than one sweep processes."""
    for number in range(30):
        world.fails(number)
        world.desk.wait(seconds=2)
    assert len(world.teams.cards) == SINGLE_CARDS
    assert card_labels(world.teams)[0] == ("", "task-0")
    for _ in range(5):
        world.tick(minutes=1, limit=25)
    assert len(world.digests()) == 1
    assert len(world.teams.cards) == SINGLE_CARDS + 1
    linked = {int(number) for number in re.findall(rf"{DASHBOARD}/incidents/(\d+)", str(world.teams.cards))}
    assert linked == set(range(1, 31))
    assert {world.desk.runs(number)[0].state for number in range(1, 31)} == {RunState.DONE}


@pytest.mark.both_databases
def test_the_first_failure_of_a_storm_is_notified_at_once(world: World) -> None:
    world.fails(1)
    assert card_labels(world.teams) == [("", "task-1")]


@pytest.mark.both_databases
def test_concurrent_instances_share_the_storm_window(world: World) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(world.fails, range(12)))
    for _ in range(6):
        world.tick(seconds=2)
    assert len(world.teams.cards) == SINGLE_CARDS
    with ThreadPoolExecutor(4) as pool:
        world.desk.wait(seconds=WINDOW)
        list(pool.map(lambda _: world.desk.work(), range(4)))
    assert len(world.digests()) == 1
    assert len(world.teams.cards) == SINGLE_CARDS + 1


def test_a_lasting_storm_has_one_digest_a_window_and_no_more_cards(world: World) -> None:
    for number in range(20):
        world.fails(number)
        world.desk.wait(seconds=30)
    world.tick(seconds=WINDOW)
    assert len(world.teams.cards) - len(world.digests()) == SINGLE_CARDS
    assert 4 <= len(world.digests()) <= 6
    everything = str(world.teams.cards)
    assert [number for number in range(20) if f"task-{number}" not in everything] == []


@pytest.mark.both_databases
def test_a_critical_incident_of_another_service_is_not_hidden_by_the_storm(world: World) -> None:
    for number in range(8):
        world.fails(number, Severity.CRITICAL)
        world.desk.wait(seconds=1)
    world.fails(100, Severity.CRITICAL, service="storage")
    world.desk.wait(seconds=1)
    world.fails(101, Severity.CRITICAL, service="storage")
    world.fails(102, Severity.HIGH, service="iam")
    named = [resource for _, resource in card_labels(world.teams)]
    assert named == ["task-0", "task-1", "task-2", "task-100", "task-101"]
    world.tick(seconds=WINDOW)
    world.desk.wait(seconds=1)
    world.fails(103, Severity.CRITICAL)
    world.fails(104, Severity.CRITICAL, service="pubsub")
    assert [resource for _, resource in card_labels(world.teams)][5:] == ["6 incidents at once", "task-104"]


def test_critical_incidents_of_another_rule_of_the_service_have_three_cards_and_the_rest_the_digest(
    world: World,
) -> None:
    for number in range(8):
        world.fails(number)
        world.desk.wait(seconds=1)
    for number in range(100, 105):
        world.fails(number, Severity.CRITICAL, rule="composer/environment_unhealthy")
        world.desk.wait(seconds=1)
    named = [resource for _, resource in card_labels(world.teams)]
    assert named == ["task-0", "task-1", "task-2", "task-100", "task-101", "task-102"]
    world.tick(seconds=WINDOW)
    (digest,) = world.digests()
    assert [number for number in (3, 7, 103, 104) if f"task-{number}" not in digest] == []
    assert len(world.teams.cards) == 7


def test_resolutions_during_the_storm_are_in_the_digest_once(world: World) -> None:
    for number in range(10):
        world.fails(number)
        world.desk.wait(seconds=1)
    for number in range(10):
        world.desk.recover(f"task-{number}")
    world.tick(seconds=WINDOW)
    (digest,) = world.digests()
    assert len(world.teams.cards) == SINGLE_CARDS + 1
    assert digest.count("Opened and resolved") == 7


def test_a_single_notification_that_waited_has_a_card_of_its_own(world: World) -> None:
    for number in range(4):
        world.fails(number)
        world.desk.wait(seconds=2)
    world.tick(seconds=WINDOW)
    assert [resource for _, resource in card_labels(world.teams)] == ["task-0", "task-1", "task-2", "task-3"]


def test_single_faults_never_share_a_digest(world: World) -> None:
    for number in range(6):
        world.fails(number)
        world.desk.wait(seconds=WINDOW / 2)
    assert len(world.teams.cards) == 6
    assert world.digests() == []


@pytest.mark.both_databases
def test_a_digest_that_fails_is_sent_again_with_everything(world: World) -> None:
    for number in range(10):
        world.fails(number)
        world.desk.wait(seconds=1)
    world.teams.fail_next_with(503)
    world.tick(seconds=WINDOW)
    world.tick(seconds=60)
    (digest,) = world.digests()
    assert [number for number in range(3, 10) if f"task-{number}" not in digest] == []


def test_an_escalation_and_the_opening_that_wait_are_one_card(world: World) -> None:
    world.teams.fail_next_with(503)
    world.fails(1)
    world.desk.public_bucket("worse", bucket="task-1", severity=Severity.CRITICAL)
    world.tick(minutes=1)
    assert card_labels(world.teams) == [("", "task-1")]
    assert {run.state for run in world.desk.runs(1)} == {RunState.DONE}


def test_simultaneous_failures_share_a_digest_with_rare_sweeps_too(world: World) -> None:
    for number in range(12):
        world.fails(number)
    for _ in range(3):
        world.tick(hours=1)
    assert len(world.digests()) == 1
    assert len(world.teams.cards) <= SINGLE_CARDS + 1
    everything = str(world.teams.cards)
    assert [number for number in range(12) if f"task-{number}" not in everything] == []


@pytest.mark.both_databases
def test_three_simultaneous_faults_are_three_cards(world: World) -> None:
    for number in range(3):
        world.fails(number)
    for _ in range(3):
        world.tick(seconds=2)
    assert len(world.teams.cards) == 3
    assert world.digests() == []
