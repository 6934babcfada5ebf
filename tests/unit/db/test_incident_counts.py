"""The counts of incidents that database triggers keep match the incidents after any change."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ErrorBase, Incident, IncidentHour, IncidentHourChange
from db.error_db.rules import counts
from db.error_db.store import ErrorStore
from insights.own_state import rule_noise
from shared.model import Status
from tests.support import databases
from tests.support import report_world as world
from tests.support.examples import generated
from tests.support.findings import NOON, finding, recovery

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
RULES = ("bigquery/job_failed", "composer/task_failed")
# What happens to one of the incidents: by the record of events, by statements of their own, by retention.
CHANGES: tuple[dict[str, Any], ...] = (
    {"resolved_by": "quiet"},
    {"resolved_by": "person", "acknowledged_at": NOON},
    {"resolved_by": None, "acknowledged_at": None},
    {"opened_at": NOON - timedelta(hours=30)},
    {"acknowledged_at": NOON},
    {"severity": "low"},
)


def counted(session: Session) -> Counter[tuple[Any, ...]]:
    bounds = [LONG_AGO, NOON - timedelta(days=1), NOON]
    return Counter({tuple(each[:4]): each.number for each in counts.counted(session, bounds)})


def incidents(session: Session) -> Counter[tuple[Any, ...]]:
    rows = session.execute(select(Incident.rule, Incident.opened_at, Incident.resolved_by, Incident.acknowledged_at))
    return Counter(
        (rule, 2 if opened >= NOON else 1 if opened >= NOON - timedelta(days=1) else 0, by, at is not None)
        for rule, opened, by, at in rows
    )


def happen(store: ErrorStore, kind: str, at: int, which: int) -> None:
    rule = RULES[which % 2]
    with store.transaction(NOON) as transaction:
        if kind == "fail":
            transaction.record(finding(at, rule=rule, fingerprint=f"{which:032d}"), redact=())
        elif kind == "recover":
            transaction.recover(recovery(at, rule=rule, fingerprint=f"{which:032d}"))
        elif kind == "change":
            number = transaction.session.scalar(select(Incident.id).order_by(Incident.id).offset(which).limit(1))
            statement = update(Incident).where(Incident.id == number).values(**CHANGES[at % len(CHANGES)])
            transaction.session.execute(statement)
        elif kind == "forget":
            transaction.session.execute(delete(Incident).where(Incident.status == Status.RESOLVED))
    if kind == "sum":
        store.count_incidents()


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "fail", "recover", "change", "forget", "sum"]), st.integers(0, 200), st.integers(0, 3)
    ),
    max_size=14,
)


@pytest.mark.sqlite
@given(events=EVENTS)
@generated(20)
def test_counts_equal_the_incidents_after_any_history(
    sqlite_store: ErrorStore, events: list[tuple[str, int, int]]
) -> None:
    with sqlite_store.transaction(NOON) as transaction:
        databases.clear(transaction.session.connection(), ErrorBase.metadata)
    for kind, at, which in events:
        happen(sqlite_store, kind, at, which)
    with sqlite_store.reading() as session:
        assert counted(session) == incidents(session)
    sqlite_store.count_incidents()
    with sqlite_store.reading() as session:
        assert counted(session) == incidents(session)
        assert session.scalars(select(IncidentHourChange.id)).all() == []
        assert all(session.scalars(select(IncidentHour.count)))


def test_a_history_on_both_databases(store: ErrorStore) -> None:
    for number in range(40):
        kind = ("fail", "fail", "recover", "change", "sum", "forget", "change")[number * 5 % 7]
        happen(store, kind, number * 37 % 200, number % 3)
    with store.reading() as session:
        assert counted(session) == incidents(session)
        assert counted(session)
    store.count_incidents()
    with store.reading() as session:
        assert counted(session) == incidents(session)


def test_a_transaction_that_rolls_back_counts_nothing(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(0), redact=())
        assert sum(counted(transaction.session).values()) == 1
        transaction.session.rollback()
    with store.reading() as session:
        assert not counted(session)


@pytest.mark.sqlite
@pytest.mark.parametrize("offset", [0, 9 * 60, -5 * 60, 5 * 60 + 45], ids=["utc", "tokyo", "bogota", "kathmandu"])
def test_days_of_a_zone_are_counted_exactly(store: ErrorStore, offset: int) -> None:
    first = NOON.replace(hour=0) - timedelta(days=3, minutes=offset)
    with store.transaction(NOON) as transaction:
        for minutes in (-1, 0, 14, 1439, 1440, 2 * 1440 + 1, 4 * 1440):
            world.add_incident(transaction.session, first + timedelta(minutes=minutes))
    with store.reading() as session:
        assert rule_noise.days(session, RULES[0], first, 3) == [3, 1, 2]
