"""Incidents about one fault are merged; the numbers in earlier notifications are still found."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from db.error_db import notifications, queries, runs
from db.error_db.job_groups import merges
from db.error_db.models import ActionRun, Incident
from db.error_db.runs import NewRun
from db.error_db.store import ErrorStore
from db.error_db.transaction import ErrorTransaction
from shared.model import JobLinks, Mode, RunState, Status, Trigger
from tests.support.findings import NOON, at, finding, recovery
from tests.support.two_transactions import at_once

CHANNEL = "teams:default"


def notify(store: ErrorStore, incident: int, *triggers: Trigger, cause: str = "cause") -> None:
    """Records sent notifications, by default with equal causes for all incidents."""
    with store.transaction(NOON) as transaction:
        for trigger in triggers:
            new = NewRun(incident, "notify", trigger, cause, "teams", CHANNEL, {}, Mode.AUTO)
            runs.add(transaction.session, new, now=NOON)
        sent = update(ActionRun).where(ActionRun.incident_id == incident)
        transaction.session.execute(sent.values(state=RunState.DONE, started_at=NOON))


def flap(store: ErrorStore, notified: tuple[int, ...], *triggers: Trigger) -> None:
    """Records two incidents of one fault, some of them notified, and a third failure that merges them."""
    for minute in (0, 5):
        with store.transaction(NOON) as transaction:
            transaction.record(finding(minute), redact=())
            transaction.recover(recovery(minute + 2))
    for number in notified:
        notify(store, number, *triggers)
    with store.transaction(NOON) as transaction:
        transaction.record(finding(10), redact=())


@pytest.mark.parametrize(("notified", "remaining"), [((1,), 1), ((2,), 2), ((1, 2), 1)])
def test_the_lowest_notified_number_remains_and_the_other_leads_to_it(
    store: ErrorStore, notified: tuple[int, ...], remaining: int
) -> None:
    flap(store, notified, Trigger.OPENED, Trigger.RESOLVED)
    with store.reading() as session:
        assert session.scalars(select(Incident.id)).all() == [remaining]
        for number in (1, 2):
            detail = queries.incident(session, number)
            assert detail is not None
            assert (detail.incident.id, len(detail.runs)) == (remaining, 2 * len(notified))
            assert detail.incident.merged_numbers == (3 - remaining,)
    with store.transaction(at(11)) as transaction:
        assert transaction.acknowledge(3 - remaining, by="alice", time=at(11)) is not None
        change = transaction.resolve(3 - remaining, reason="known", time=at(12))
        assert change is not None
        assert (change.incident.id, change.incident.status) == (remaining, Status.RESOLVED)


def test_a_resolution_is_due_while_one_of_the_merged_numbers_is_notified_as_open(store: ErrorStore) -> None:
    flap(store, (), Trigger.OPENED)
    with store.transaction(NOON) as transaction:
        transaction.record(finding(200, fingerprint="other"), redact=())
    for number, triggers in {2: [Trigger.OPENED], 3: [Trigger.OPENED, Trigger.RESOLVED]}.items():
        notify(store, number, *triggers)
    with store.transaction(NOON) as transaction:
        session = transaction.session
        merges.merge(session, session.get_one(Incident, 3), session.get_one(Incident, 2))
        assert notifications.has_notification(session, CHANNEL, 2)
    notify(store, 2, Trigger.RESOLVED, cause="later")
    with store.reading() as session:
        assert not notifications.has_notification(session, CHANNEL, 2)


def test_a_resolution_after_a_merge_counts_for_all_numbers_also_when_another_incident_is_merged(
    store: ErrorStore,
) -> None:
    with store.transaction(NOON) as transaction:
        for name in ("a", "b", "c"):
            transaction.record(finding(0, fingerprint=name, event_key=name), redact=())
    for number in (1, 2, 3):
        notify(store, number, Trigger.OPENED)
    for number in (2, 3):
        with store.transaction(NOON) as transaction:
            session = transaction.session
            merges.merge(session, session.get_one(Incident, number), session.get_one(Incident, 1))
            assert notifications.has_notification(session, CHANNEL, 1)
        notify(store, 1, Trigger.RESOLVED, cause=f"after {number}")
        with store.reading() as session:
            assert not notifications.has_notification(session, CHANNEL, 1)
            assert session.get_one(Incident, 1).merged_numbers == list(range(2, number + 1))


@pytest.mark.parametrize("merges_first", [True, False])
def test_an_acknowledgement_and_a_merge_at_the_same_moment_both_count(store: ErrorStore, *, merges_first: bool) -> None:
    """In either order of locks: the second instance waits for the lock after it read that both incidents exist."""
    links = JobLinks("jobs", ("query",), ("task",)), JobLinks("jobs", ("task",), ("dag",)), JobLinks("jobs", ("dag",))
    query, task, dag = (finding(minute, fingerprint=one.own[0], links=one) for minute, one in enumerate(links))
    with store.transaction(NOON) as transaction:
        for one in (dag, query):
            transaction.record(one, redact=())
    notify(store, 1, Trigger.OPENED)

    def merge(transaction: ErrorTransaction) -> None:
        transaction.record(task, redact=())

    def acknowledge(transaction: ErrorTransaction) -> None:
        view = transaction.acknowledge(2, by="alice", time=at(1))
        assert view is not None

    first, second = (merge, acknowledge) if merges_first else (acknowledge, merge)
    at_once(store, first, second, lock="INSERT INTO fingerprint_state")
    with store.reading() as session:
        rows = session.execute(select(Incident.id, Incident.status, Incident.acknowledged_by, Incident.merged_numbers))
        assert [tuple(row) for row in rows] == [(1, Status.ACKNOWLEDGED, "alice", [2])]


def test_a_new_incident_gets_no_number_of_a_merged_one(store: ErrorStore) -> None:
    flap(store, (1,), Trigger.OPENED)
    with store.transaction(NOON) as transaction:
        (change,) = transaction.record(finding(20, fingerprint="other"), redact=())
    assert change.incident.id == 3
