"""The row of a notification channel."""

from __future__ import annotations

from db.error_db import channels
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, at


def test_a_channel_that_was_never_used_is_free_now_and_works(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        channel = channels.lock(transaction.session, "teams:default", NOON)
        assert (channel.next_at, channel.full_at, channel.failures, channel.broken_since) == (NOON, NOON, 0, None)


def test_changes_under_the_lock_are_kept(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        channel = channels.lock(transaction.session, "teams:default", NOON)
        channel.next_at, channel.window_services = at(1), ["composer"]
    with store.transaction(at(5)) as transaction:
        channel = channels.lock(transaction.session, "teams:default", at(5))
        assert (channel.next_at, channel.full_at, channel.window_services) == (at(1), NOON, ["composer"])


def test_only_broken_channels_are_listed(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        for name in ("teams:data", "teams:default", "teams:night"):
            channels.lock(transaction.session, name, NOON)
        channels.lock(transaction.session, "teams:night", NOON).broken_since = NOON
    with store.reading() as session:
        assert [channel.name for channel in channels.broken(session)] == ["teams:night"]
        assert channels.find(session, "teams:away") is None
