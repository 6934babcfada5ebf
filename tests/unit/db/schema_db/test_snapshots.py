"""Claims of snapshots: one process per collector and scope, interrupted slots first, and contiguous windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from db.schema_db import snapshots
from db.schema_db.models import Snapshot
from db.schema_db.snapshots import MAX_STALLS, BatchCost, Claim, LeaseLostError, Refusal, SlotRequest
from db.schema_db.store import SchemaStore
from tests.support.history import HOUR, TEN, at

LAG = timedelta(minutes=5)
WANTED = SlotRequest("c", "projects/p", at(0), lag=LAG, overlap=timedelta(0), retention=10 * HOUR, first=2 * HOUR)
LEASE = timedelta(minutes=10)
NOTHING = BatchCost()


def slot(hour: float, **changes: timedelta) -> SlotRequest:
    return replace(WANTED, slot=at(hour), **changes)  # type: ignore[arg-type]


def claim(store: SchemaStore, wanted: SlotRequest = WANTED, owner: str = "me", now: datetime = TEN) -> Claim | Refusal:
    with store.transaction() as session:
        return snapshots.claim(session, wanted, owner, now, LEASE)


def claimed(store: SchemaStore, wanted: SlotRequest = WANTED, owner: str = "me", now: datetime = TEN) -> Claim:
    found = claim(store, wanted, owner, now)
    assert isinstance(found, Claim)
    return found


def finish(store: SchemaStore, done: Claim) -> None:
    with store.transaction() as session:
        snapshots.finish(session, done, at(0), NOTHING)


def batch(store: SchemaStore, own: Claim, checkpoint: dict[str, int] | None = None) -> None:
    with store.transaction() as session:
        snapshots.renew(session, own, at(1), checkpoint, BatchCost(api_calls=2, bytes_billed=3))
        snapshots.count_rows(session, own, 5)


def fail(store: SchemaStore, own: Claim) -> None:
    with store.transaction() as session:
        snapshots.fail(session, own, at(0), NOTHING, "no")


def row(store: SchemaStore, hour: float = 0) -> Snapshot:
    with store.reading() as session:
        return session.scalars(select(Snapshot).where(Snapshot.slot == at(hour))).one()


def test_the_first_window_reaches_back_and_ends_before_the_slot(schema_store: SchemaStore) -> None:
    first = claimed(schema_store)
    assert (first.window_start, first.window_end) == (at(-2) - LAG, at(0) - LAG)


def test_the_next_window_begins_where_the_last_ended(schema_store: SchemaStore) -> None:
    finish(schema_store, claimed(schema_store))
    following = claimed(schema_store, slot(3))
    assert (following.window_start, following.window_end) == (at(0) - LAG, at(3) - LAG)


def test_an_overlap_is_read_again(schema_store: SchemaStore) -> None:
    finish(schema_store, claimed(schema_store))
    assert claimed(schema_store, slot(3, overlap=HOUR)).window_start == at(-1) - LAG


def test_a_window_reaches_back_only_so_far(schema_store: SchemaStore) -> None:
    finish(schema_store, claimed(schema_store))
    assert claimed(schema_store, slot(30)).window_start == at(20) - LAG


@pytest.mark.parametrize("hour", [0, -1])
def test_a_slot_that_is_done_or_passed_is_current(schema_store: SchemaStore, hour: float) -> None:
    finish(schema_store, claimed(schema_store))
    assert claim(schema_store, slot(hour)) is Refusal.CURRENT


@pytest.mark.parametrize("hour", [0, 1])
def test_while_one_reads_a_scope_no_other_does(schema_store: SchemaStore, hour: float) -> None:
    claimed(schema_store)
    assert claim(schema_store, slot(hour), "other") is Refusal.BUSY


def test_a_rejected_slot_leaves_no_row(schema_store: SchemaStore) -> None:
    claimed(schema_store)
    claim(schema_store, slot(1), "other")
    with schema_store.reading() as session:
        assert len(session.scalars(select(Snapshot)).all()) == 1


def test_a_slot_that_is_finished_while_it_is_claimed_keeps_its_window(
    schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(schema_store, claimed(schema_store))
    monkeypatch.setattr(snapshots, "_is_done", lambda *_: False)  # as it was a moment ago
    assert claim(schema_store, owner="other") is Refusal.BUSY
    assert row(schema_store).window_start == at(-2) - LAG


def test_another_scope_is_free(schema_store: SchemaStore) -> None:
    claimed(schema_store)
    claimed(schema_store, replace(WANTED, scope="projects/q"))


def test_after_the_lease_another_process_continues_from_the_checkpoint(schema_store: SchemaStore) -> None:
    batch(schema_store, claimed(schema_store), {"page": 3})
    assert claim(schema_store, owner="other", now=at(0.9)) is Refusal.BUSY
    assert claimed(schema_store, owner="other", now=at(1.1)).checkpoint == {"page": 3}


def test_a_process_that_lost_the_lease_writes_nothing(schema_store: SchemaStore) -> None:
    own = claimed(schema_store)
    claimed(schema_store, owner="other", now=at(1))
    for write in (batch, fail, finish):
        with pytest.raises(LeaseLostError):
            write(schema_store, own)
    assert row(schema_store).row_count == 0


def test_an_interrupted_slot_comes_first_with_its_own_window(schema_store: SchemaStore) -> None:
    batch(schema_store, claimed(schema_store), {"page": 3})
    old = claimed(schema_store, slot(1), now=at(1.1))
    assert (old.slot, old.window_end, old.checkpoint) == (at(0), at(0) - LAG, {"page": 3})
    finish(schema_store, old)
    assert claimed(schema_store, slot(1), now=at(1.1)).window_start == at(0) - LAG


def test_the_window_of_a_slot_that_wrote_nothing_belongs_to_the_next(schema_store: SchemaStore) -> None:
    fail(schema_store, claimed(schema_store))
    assert claimed(schema_store, slot(1)).window_start == at(-1) - LAG
    assert row(schema_store).state == "failed"


def test_a_run_that_died_before_it_wrote_is_closed(schema_store: SchemaStore) -> None:
    claimed(schema_store)
    claimed(schema_store, slot(1), now=at(1))
    died = row(schema_store)
    assert (died.state, died.lease_owner) == ("failed", None)
    assert "before it wrote" in (died.error or "")


def test_a_failed_slot_is_retried(schema_store: SchemaStore) -> None:
    fail(schema_store, claimed(schema_store))
    claimed(schema_store)
    assert (row(schema_store).state, row(schema_store).error, row(schema_store).attempts) == ("running", None, 2)


def test_a_checkpoint_that_leads_nowhere_is_forgotten(schema_store: SchemaStore) -> None:
    batch(schema_store, own := claimed(schema_store), {"page": 3})
    fail(schema_store, own)
    for _ in range(MAX_STALLS):
        again = claimed(schema_store)
        assert again.checkpoint == {"page": 3}
        fail(schema_store, again)
    assert claimed(schema_store).checkpoint is None


def test_progress_starts_the_count_anew(schema_store: SchemaStore) -> None:
    for page in range(2 * MAX_STALLS):
        batch(schema_store, own := claimed(schema_store), {"page": page})
        fail(schema_store, own)
    assert claimed(schema_store).checkpoint == {"page": 2 * MAX_STALLS - 1}


def test_what_it_cost_adds_up(schema_store: SchemaStore) -> None:
    own = claimed(schema_store)
    batch(schema_store, own)
    batch(schema_store, own)
    with schema_store.transaction() as session:
        snapshots.finish(session, own, at(0), BatchCost(api_calls=1))
    done = row(schema_store)
    assert (done.row_count, done.api_calls, done.bytes_billed, done.checkpoint) == (10, 5, 6, None)
