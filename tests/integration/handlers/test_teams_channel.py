"""The Teams notifier with the real worker, on a real database, against a webhook server on loopback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from db.error_db import channels, runs
from db.error_db.runs import NewRun
from db.error_db.store import ErrorStore
from demo.platform.teams import SIGNATURE, TeamsServer
from handlers.worker import ActionWorker
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, IncidentKind, Mode, Recovery, RunState, Severity
from shared.records import IncidentChange, RunView
from shared.secret import Secret
from tests.support.findings import only

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass
class World:
    """A store, a worker with a movable clock, and the channel."""

    store: ErrorStore
    teams: TeamsServer
    now: datetime = NOW

    def work(self, after: float = 0.0, limit: int = 20) -> int:
        self.now += timedelta(seconds=after)
        settings = Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(self.teams.webhook)})
        return ActionWorker(self.store, Clients(settings), settings, lambda: self.now).run_due(self.now, limit=limit)

    def notify(self, number: int) -> int:
        """Opens an incident and plans a card; returns the incident's id."""
        with self.store.transaction(self.now) as transaction:
            change = only(transaction.record(finding(number), redact=()))
            runs.add(transaction.session, card(change), now=self.now)
        return change.incident.id

    def recover(self, number: int) -> None:
        """Resolves the incident and plans a card about it."""
        with self.store.transaction(self.now) as transaction:
            over = Recovery("bigquery/job_failed", f"job-{number}", NOW, f"recovery-{number}", "it succeeded")
            for change in transaction.recover(over):
                runs.add(transaction.session, card(change), now=self.now)

    def run_of(self, incident_id: int) -> RunView:
        with self.store.reading() as session:
            (run,) = runs.of_incident(session, incident_id)
        return run

    def titles(self) -> list[str]:
        bodies = [message["attachments"][0]["content"]["body"] for message in self.teams.cards]
        return [body[0]["items"][0]["columns"][1]["items"][1]["text"] for body in bodies]


def card(change: IncidentChange) -> NewRun:
    return NewRun(
        incident_id=change.incident.id,
        handler_rule="tell-teams",
        trigger=change.trigger,
        cause=change.cause,
        action="teams",
        target="teams:default",
        params={},
        mode=Mode.AUTO,
    )


def finding(number: int) -> Finding:
    return Finding(
        rule="bigquery/job_failed",
        title=f"Job {number} failed",
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.MEDIUM,
        service="bigquery",
        resource=f"example-project/job-{number}",
        principal="alice@example.com",
        summary="BigQuery job failed",
        fingerprint=f"job-{number}",
        time=NOW,
        event_key=f"event-{number}",
    )


@pytest.fixture
def world(store: ErrorStore) -> Iterator[World]:
    with TeamsServer() as teams:
        yield World(store, teams)


def test_a_card_is_sent_once(world: World) -> None:
    incident = world.notify(1)

    world.work()
    world.work(after=3_600)

    assert world.titles() == ["Job 1 failed"]
    assert world.run_of(incident).state is RunState.DONE


def test_an_incident_that_resolves_before_its_first_card_has_one_card(world: World) -> None:
    world.notify(1)
    world.recover(1)

    world.work()

    (body,) = [message["attachments"][0]["content"]["body"] for message in world.teams.cards]
    assert body[0]["style"] == "good"


@pytest.mark.both_databases
def test_a_run_over_the_rate_limit_waits_without_an_attempt(world: World) -> None:
    with world.store.transaction(NOW) as transaction:
        channels.lock(transaction.session, "teams:default", NOW).full_at = NOW + timedelta(minutes=40)
    incident = world.notify(1)

    world.work()
    waiting = world.run_of(incident)
    world.work(after=60)

    assert (waiting.state, waiting.attempts, waiting.not_before) == (RunState.PLANNED, 0, NOW + timedelta(seconds=60))
    assert world.run_of(incident).state is RunState.DONE


@pytest.mark.both_databases
def test_a_429_is_retried_after_retry_after(world: World) -> None:
    incident = world.notify(1)
    world.teams.fail_next_with(429, retry_after="120")

    world.work()

    assert world.run_of(incident).not_before == NOW + timedelta(seconds=120)
    assert world.titles() == []


def test_a_deleted_workflow_leaves_the_run_due_and_shows_no_secret(world: World) -> None:
    incident = world.notify(1)
    world.teams.fail_next_with(404, f"no workflow for sig={SIGNATURE}")

    world.work()
    run = world.run_of(incident)

    assert (run.state, run.attempts) == (RunState.PLANNED, 0)
    assert run.error is not None
    assert "create a new one" in run.error
    assert SIGNATURE not in str(run)


@pytest.mark.both_databases
def test_concurrent_workers_send_one_card_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.messages.channel_message.PATIENCE_SECONDS", 0.0)
    for number in range(4):
        world.notify(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.work(), range(4)))

    assert len(world.teams.cards) == 1
