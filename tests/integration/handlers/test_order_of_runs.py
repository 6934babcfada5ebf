"""The card about an incident waits for the incident's remediation, in any worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from db.error_db import runs
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers import registry
from handlers.spec import HandlerSpec
from handlers.worker import LEASE
from shared.config import Settings
from shared.model import Mode, RunState, Trigger
from shared.secret import Secret
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

REPAIR = HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.AUTO)
CARD = HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=tuple(Trigger))


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(store: ErrorStore, storage: StorageServer, teams: TeamsServer) -> Desk:
    settings = Settings(storage_endpoint=storage.url, environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)})
    return Desk(store, settings)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.both_databases
def test_a_card_is_not_sent_while_another_worker_repairs(
    desk: Desk, storage: StorageServer, teams: TeamsServer
) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    with ThreadPoolExecutor(1) as pool:
        with storage.lock:  # while this is locked, reads of the bucket's policy get no answer
            repairing = pool.submit(desk.work)
            wait_until(lambda: desk.runs()[0].state is RunState.RUNNING)
            assert desk.work() == 0
            assert teams.cards == []
        repairing.result(timeout=60)
    assert "removed allUsers" in str(teams.cards[0])
    assert [run.state for run in desk.runs()][:1] == [RunState.DONE]


def test_a_repair_that_waits_for_its_retry_does_not_delay_the_card(
    desk: Desk, storage: StorageServer, teams: TeamsServer
) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    storage.fail_next(Reply(503))
    desk.work()
    assert [run.state for run in desk.runs()] == [RunState.PLANNED, RunState.DONE]
    assert "will be retried" in str(teams.cards[0])


def test_a_permanently_failed_repair_is_notified_once_after_the_first_card(
    desk: Desk, storage: StorageServer, teams: TeamsServer
) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    storage.fail_next(Reply(503), Reply(403))
    desk.work()
    desk.wait(minutes=1)
    desk.work()
    desk.wait(minutes=1)
    desk.work()
    assert [(run.trigger, run.state) for run in desk.runs()] == [
        ("opened", RunState.FAILED),
        ("opened", RunState.DONE),
        ("remediation_failed", RunState.DONE),
    ]
    assert len(teams.cards) == 2
    assert "HTTP 403" in str(teams.cards[1])


def test_a_waiting_card_reports_the_failed_repair_itself(
    desk: Desk, storage: StorageServer, teams: TeamsServer
) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    storage.fail_next(Reply(403))
    desk.work()
    assert len(teams.cards) == 1
    assert "HTTP 403" in str(teams.cards[0])


def test_a_failed_dry_run_is_not_notified(desk: Desk, storage: StorageServer, teams: TeamsServer) -> None:
    desk.apply(replace(REPAIR, mode=Mode.DRY_RUN), CARD)
    desk.public_bucket()
    storage.fail_next(Reply(503), Reply(403))
    desk.work()
    desk.wait(minutes=1)
    desk.work()
    assert len(teams.cards) == 1


def test_a_card_is_sent_after_a_repair_whose_worker_died(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    with desk.store.transaction(desk.now) as transaction:
        runs.claim(transaction.session, desk.runs()[0].id, owner="dead", now=desk.now, lease=LEASE)
    assert desk.work() == 0
    desk.wait(seconds=LEASE.total_seconds() + 1)
    desk.work()
    assert "removed allUsers" in str(teams.cards[0])


def test_a_repair_that_is_due_goes_before_the_card_that_comes_after_it(desk: Desk) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket()
    repair, card = desk.runs()
    with desk.store.transaction(desk.now) as transaction:
        taken = runs.claim(
            transaction.session,
            card.id,
            owner="quick",
            now=desk.now,
            lease=LEASE,
            repairs=registry.remediations(),
        )
    assert taken is None
    assert repair.state is RunState.PLANNED


def test_the_repair_of_one_incident_delays_no_other_card(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(REPAIR, CARD)
    desk.public_bucket("e1", bucket="bucket-1")
    desk.public_bucket("e2", bucket="bucket-2")
    with desk.store.transaction(desk.now) as transaction:
        runs.claim(transaction.session, desk.runs(1)[0].id, owner="other", now=desk.now, lease=LEASE)
    desk.work(incident_ids=[1, 2])
    assert [run.state for run in desk.runs(1)] == [RunState.RUNNING, RunState.PLANNED]
    assert desk.runs(2)[1].state is RunState.DONE
    assert len(teams.cards) == 1
