"""Events that show a state, such as a whole policy, lead to the same incidents in any order of delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from shared.model import JobLinks, Recovery
from tests.support.examples import generated
from tests.support.findings import at, finding, recovery
from tests.unit.db.test_order import END, MINUTES, Effect, empty, outcome

pytestmark = pytest.mark.slow

STATE = JobLinks("policy")
shown = st.builds(
    lambda state, minute: finding(minute, event_key=f"{state}-{minute}", state=state, links=STATE),
    st.sampled_from("xy"),
    MINUTES,
)
cleaned = st.builds(lambda minute: recovery(minute, links=STATE), MINUTES)
states = st.lists(shown | cleaned, max_size=6, unique_by=lambda effect: (type(effect), effect.event_key))


def close_all(store: ErrorStore) -> None:
    with store.transaction(CLOSED) as transaction:
        for one in transaction.session.scalars(select(Incident.id).where(Incident.resolved_at.is_(None))).all():
            transaction.resolve(one, reason="known", time=CLOSED)


def later(effect: Effect) -> Effect:
    return replace(effect, time=effect.time + timedelta(hours=5), event_key=f"{effect.event_key} later")


CLOSED = at(250)


@given(states, states.flatmap(lambda after: st.tuples(st.just(after), st.permutations(after))))
@generated(40)
def test_the_order_does_not_matter_for_states_that_a_person_closed(
    sqlite_store: ErrorStore, before: list[Effect], after: tuple[list[Effect], list[Effect]]
) -> None:
    happened, delivered = ([later(effect) for effect in effects] for effects in after)
    in_order = sorted(happened, key=lambda one: (one.time, isinstance(one, Recovery)))
    if delivered == in_order:
        return  # half of the examples, mostly of one event: the same work twice shows nothing
    results = []
    for effects in (in_order, delivered):
        empty(sqlite_store)
        outcome(sqlite_store, before)
        close_all(sqlite_store)
        results.append(outcome(sqlite_store, effects))
    assert results[0] == results[1]


def test_a_state_that_a_person_closed_opens_no_incident_again_until_it_changed(store: ErrorStore) -> None:
    def see(minutes: float, state: str = "x") -> list[str]:
        with store.transaction(END) as transaction:
            changes = transaction.record(finding(minutes, state=state, links=STATE), redact=())
        return [str(change.trigger) for change in changes]

    assert see(0) == ["opened"]
    assert see(5) == []
    assert see(9, "y") == ["reoccurred"]
    close_all(store)
    assert see(300, "y") == []
    assert see(400, "x") == ["opened"]
    with store.transaction(END) as transaction:
        transaction.recover(recovery(500, links=STATE))
    assert see(501) == ["opened"]
    with store.reading() as session:
        assert session.scalars(select(Incident.occurrence_count).order_by(Incident.id)).all() == [4, 1, 1]


def test_a_recovery_before_the_same_state_that_arrives_after_it_makes_it_a_new_incident(store: ErrorStore) -> None:
    state = {"state": "x", "links": STATE}
    outcome(store, [finding(70, **state), recovery(21, links=STATE)])
    close_all(store)
    found = outcome(store, [finding(370, **state), recovery(321, links=STATE)])
    assert [row[:3] for row in found] == [("f" * 32, "open", at(370)), ("f" * 32, "resolved", at(70))]
