from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from demo.load import Clock, SimulatedSubscription, monitoring_incident

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def after(subscription: SimulatedSubscription, minutes: int, start: datetime = START) -> datetime:
    for number in range(1, minutes + 1):
        subscription.minute(start + number * MINUTE)
    return start + minutes * MINUTE


def test_nothing_waits_while_the_subscriber_runs() -> None:
    subscription = SimulatedSubscription()
    now = after(subscription, 30)

    assert (subscription.backlog, subscription.oldest(now)) == (0, 0.0)


def test_without_a_subscriber_the_oldest_message_grows_old() -> None:
    subscription = SimulatedSubscription(running=False)
    now = after(subscription, 11)

    assert (subscription.backlog, subscription.oldest(now)) == (11 * 1200, 600.0)


def test_a_subscriber_that_is_back_drains_the_oldest_first() -> None:
    subscription = SimulatedSubscription(running=False)
    now = after(subscription, 10)
    before = subscription.oldest(now)
    subscription.running = True
    now = after(subscription, 1, now)

    assert subscription.oldest(now) < before
    assert subscription.backlog == 11 * 1200 - 6000


@given(st.lists(st.booleans(), max_size=40))
def test_no_message_is_lost_or_invented(running: list[bool]) -> None:
    subscription = SimulatedSubscription(published=7, consumed=20)
    expected = 0
    for number, up in enumerate(running):
        subscription.running = up
        subscription.minute(START + number * MINUTE)
        expected = max(0, expected + 7 - (20 if up else 0))

    assert subscription.backlog == expected


def test_the_clock_runs_faster_but_never_past_the_present() -> None:
    now = START + 90 * MINUTE
    clock = Clock(start=START, real_start=now, speed=60)

    assert clock.at(now + timedelta(seconds=10)) == START + 10 * MINUTE
    assert clock.at(now + timedelta(hours=9)) == now + timedelta(hours=9)


def test_a_notification_closes_under_the_id_that_it_opened_with() -> None:
    opened = monitoring_incident(START, "etl-worker-3", START, state="open")["incident"]
    closed = monitoring_incident(START + MINUTE, "etl-worker-3", START, state="closed")["incident"]

    assert opened["incident_id"] == closed["incident_id"]
    assert (opened["ended_at"], closed["ended_at"]) == (None, int((START + MINUTE).timestamp()))
