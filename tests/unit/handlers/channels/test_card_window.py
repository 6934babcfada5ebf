"""The time window in which incidents get cards of their own, without a database."""

from __future__ import annotations

from datetime import timedelta

from handlers.channels.card_window import CRITICAL_CARDS, CardWindow, Notice, Share, share
from tests.support.findings import NOON, at

LENGTH = timedelta(minutes=2)
FULL = CardWindow(NOON, 3, waiting=True, services=("composer",))


def test_the_first_card_begins_a_window() -> None:
    assert share(CardWindow(), Notice("composer"), LENGTH, NOON) == (
        Share.ALONE,
        CardWindow(NOON, 1, services=("composer",)),
    )


def test_a_full_window_makes_everything_wait() -> None:
    decision, after = share(FULL, Notice("composer", is_critical=True), LENGTH, at(1))
    assert (decision, after.waiting, after.cards) == (Share.WAIT, True, 3)


def test_after_the_window_waiting_cards_share_a_digest_and_the_next_window_is_full() -> None:
    decision, after = share(FULL, Notice("composer", others_wait=True), LENGTH, at(2))
    assert (decision, after) == (Share.WITH_ALL, CardWindow(at(2), 3))


def test_notifications_that_did_not_wait_for_a_window_share_nothing() -> None:
    decision, after = share(CardWindow(NOON, 1), Notice("composer", others_wait=True), LENGTH, at(5))
    assert (decision, after.began_at, after.cards) == (Share.ALONE, at(5), 1)


def test_a_critical_incident_of_a_service_without_a_card_passes_once() -> None:
    notice = Notice("storage", is_critical=True)
    decision, after = share(FULL, notice, LENGTH, at(1))
    assert decision is Share.ALONE
    assert share(after, notice, LENGTH, at(1))[0] is Share.WAIT


def test_critical_incidents_of_another_rule_than_the_storm_pass_until_their_cards_are_used_up() -> None:
    notice = Notice("composer", is_critical=True, is_exceptional=True)
    window = FULL
    for _ in range(CRITICAL_CARDS):
        decision, window = share(window, notice, LENGTH, at(1))
        assert decision is Share.ALONE
    assert share(window, notice, LENGTH, at(1))[0] is Share.WAIT
    assert share(window, Notice("composer", is_exceptional=True), LENGTH, at(1))[0] is Share.WAIT
    assert share(window, Notice("iam", is_critical=True), LENGTH, at(1))[0] is Share.ALONE


def test_incidents_that_resolved_while_the_channel_was_broken_share_a_digest() -> None:
    notice = Notice("composer", is_resolved_late=True)
    assert share(CardWindow(NOON, 1), notice, LENGTH, at(1))[0] is Share.WITH_RESOLVED
    assert share(FULL, notice, LENGTH, at(1))[0] is Share.WAIT


def test_when_the_last_one_that_waited_was_sent_nothing_waits() -> None:
    window = CardWindow(NOON, 1, waiting=True)
    assert share(window, Notice("composer", others_wait=True), LENGTH, at(1))[1].waiting
    assert not share(window, Notice("composer"), LENGTH, at(1))[1].waiting
