"""The times of a notification channel."""

from __future__ import annotations

from db.error_db import channels
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, at


def test_a_channel_that_was_never_used_is_free_now(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        assert channels.lock(transaction.session, "teams:default", NOON) == (NOON, NOON)


def test_the_times_of_a_channel_are_kept(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        channels.lock(transaction.session, "teams:default", NOON)
        channels.keep(transaction.session, "teams:default", next_at=at(1), full_at=at(2))
    with store.transaction(at(5)) as transaction:
        assert channels.lock(transaction.session, "teams:default", at(5)) == (at(1), at(2))
