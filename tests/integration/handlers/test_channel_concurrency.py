"""Several workers and instances share a channel: it breaks once, is retried once, and each notification is sent once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from db.error_db import notifications, runs
from db.error_db.store import ErrorStore
from handlers.channels import health
from handlers.worker import LEASE
from shared.model import Severity
from tests.support.cards import card_labels
from tests.support.two_channels import World, two_channels

pytestmark = pytest.mark.sqlite


@pytest.fixture
def world(store: ErrorStore) -> Iterator[World]:
    with two_channels(store) as made:
        yield made


@pytest.mark.both_databases
def test_concurrent_workers_retry_a_broken_channel_once(world: World) -> None:
    world.breaks()
    for name in "abcd":
        world.fails(name)
    world.desk.wait(minutes=1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.desk.work(), range(4)))
    assert len(world.teams.requests) == 2
    assert world.channel().failures == 2
    assert len(world.about_the_channel()) == 1


@pytest.mark.both_databases
def test_concurrent_pushes_break_a_channel_once(world: World) -> None:
    world.breaks()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.fails, "abcdefgh"))
    assert len(world.about_the_channel()) == 1
    world.repaired()
    for _ in range(10):
        world.tick(minutes=3)
    printed = str(world.teams.cards)
    assert all(f"bucket {name}" in printed or f"· {name}" in printed or f"'{name}'" in printed for name in "abcdefgh")
    assert len(world.teams.cards) <= 4


@pytest.mark.both_databases
def test_opened_and_resolved_are_one_card_with_two_instances_at_the_same_moment(world: World) -> None:
    """Each instance claims a notification of the same incident. Formerly one sent the opening and the other the resolution."""
    world.breaks()
    for name in "abc":
        world.fails(name)
        world.recovers(name)
    world.repaired()
    world.tick(minutes=1)
    world.teams.cards.clear()
    world.desk.wait(minutes=5)
    world.breaks(503)
    world.fails("d")
    world.recovers("d")
    world.repaired()
    world.desk.wait(minutes=1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.desk.work(), range(4)))
    world.tick(minutes=10)
    assert card_labels(world.teams) == [("Opened and resolved", "d")]


def test_a_notification_is_claimed_by_one_worker_until_it_is_sent(world: World) -> None:
    world.fails("other")  # the runs of a have later numbers
    world.desk.public_bucket("opened", bucket="a")
    world.desk.public_bucket("worse", bucket="a", severity=Severity.CRITICAL)
    world.recovers("a")
    opened, escalated, resolved = (run.id for run in world.desk.runs(2))
    store, now = world.desk.store, world.desk.now

    def claims(run_id: int, **options: Any) -> bool:
        with store.transaction(now) as transaction:
            return runs.claim(transaction.session, run_id, owner="w", now=now, lease=LEASE, **options) is not None

    assert not claims(resolved)
    assert not claims(escalated)
    assert claims(opened)
    assert not claims(escalated)
    with store.transaction(now) as transaction:
        found = notifications.claim_waiting(transaction.session, [escalated, resolved], owner="x", now=now, lease=LEASE)
        assert found == []
        found = notifications.claim_waiting(transaction.session, [escalated, resolved], owner="w", now=now, lease=LEASE)
        assert [run.id for run in found] == [escalated, resolved]


def test_a_worker_that_dies_during_a_retry_does_not_block_the_channel(world: World) -> None:
    world.breaks()
    world.fails("a")
    world.repaired()
    world.desk.wait(minutes=1)
    with world.desk.store.transaction(world.desk.now) as transaction:  # it takes the attempt, and dies
        assert health.closed_until(transaction, "teams:default", world.desk.now) is None
    world.desk.work()
    assert world.teams.cards == []
    world.tick(minutes=2)
    assert card_labels(world.teams) == [("", "a")]
