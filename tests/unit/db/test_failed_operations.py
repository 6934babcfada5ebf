"""An operation announces a change and fails: in any order of entries, its incident is closed and resolves nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from collectors.metrics_analysis.sigma.engine import RuleEvaluation
from collectors.metrics_analysis.sigma.rule import OperationFailure
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from shared.model import FailedOperation, Finding, Recovery
from tests.support.examples import generated
from tests.support.findings import BASE, NOON, at, finding, recovery
from tests.unit.db.test_order import MINUTES, Seen, empty, outcome

Event = Finding | Recovery | OperationFailure
F = BASE.fingerprint
QUOTA = "the operation failed, so the change did not take place: QUOTA_EXCEEDED"


def announced(minute: float) -> Finding:
    """The first entry of an operation."""
    return finding(minute, event_key=f"operation-{minute}", summary=f"announced at {minute}", announced=True)


def failed(minute: float, end: float) -> OperationFailure:
    """The last entry, with an error, of the operation that began in that minute."""
    return OperationFailure(BASE.rule, f"operation-{minute}", FailedOperation(at(end), "QUOTA_EXCEEDED"))


def begin_and_end(minute: float, length: float) -> list[Event]:
    """The entries of an operation that fails after `length` minutes; if 0, only the first entry, without a failure."""
    return [announced(minute), *([failed(minute, minute + length)] if length else [])]


def alone(event: Event) -> list[Event]:
    return [event]


def deliver(store: ErrorStore, delivered: Sequence[Event]) -> tuple[list[str], list[Seen]]:
    """Records the events; returns the triggers of all changes, and the incidents at the end."""
    triggers = []
    for event in delivered:
        evaluation = RuleEvaluation(
            findings=[event] if isinstance(event, Finding) else [],
            recoveries=[event] if isinstance(event, Recovery) else [],
            failures=[event] if isinstance(event, OperationFailure) else [],
        )
        with store.transaction(NOON) as transaction:
            findings, recoveries = resolve_state(evaluation, transaction)
            changes = [change for one in findings for change in transaction.record(one, redact=())]
            changes += [change for one in recoveries for change in transaction.recover(one)]
        triggers += [str(change.trigger) for change in changes]
    return triggers, outcome(store, [])


def in_order(event: Event) -> tuple[datetime, bool, str]:
    time = event.end.time if isinstance(event, OperationFailure) else event.time
    return time, not isinstance(event, Finding), event.event_key


operations = st.builds(begin_and_end, MINUTES, st.sampled_from([0, 1, 5, 68]))
others = st.builds(finding, MINUTES) | st.builds(recovery, MINUTES)


def distinct(parts: list[list[Event]]) -> list[Event]:
    return list({(type(one), one.event_key): one for part in parts for one in part}.values())


histories = st.lists(operations | others.map(alone), max_size=8).map(distinct)


@pytest.mark.slow
@given(histories.flatmap(lambda history: st.tuples(st.just(history), st.permutations([*history, *history[:3]]))))
@generated(15)
def test_the_order_does_not_matter_for_operations_that_fail(
    sqlite_store: ErrorStore, history: tuple[list[Event], list[Event]]
) -> None:
    happened, delivered = history
    empty(sqlite_store)
    _, first = deliver(sqlite_store, sorted(happened, key=in_order))
    empty(sqlite_store)
    assert deliver(sqlite_store, delivered)[1] == first


def test_a_change_that_took_place_opens_its_own_incident_beside_one_that_did_not(sqlite_store: ErrorStore) -> None:
    """The fault flaps as if the failed operation of the same minute had not happened, in either order of recording."""
    others: list[Event] = [finding(1), recovery(1), finding(20), recovery(200), recovery(3)]
    happened = distinct([others, begin_and_end(1, 5), begin_and_end(2, 0), begin_and_end(3, 5)])
    seen = []
    for delivered in (sorted(happened, key=in_order), happened, happened[::-1]):
        empty(sqlite_store)
        seen.append(deliver(sqlite_store, delivered)[1])
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_operation_that_failed_leaves_no_open_incident(sqlite_store: ErrorStore, order: Sequence[int]) -> None:
    """If the failure is known first, nobody is notified; otherwise once of the beginning and once of the end."""
    sent: list[Event] = [announced(0), failed(0, 2), announced(0)]
    triggers, incidents = deliver(sqlite_store, [sent[at] for at in order])
    assert incidents == [(F, "resolved", at(0), at(0), at(2), 1, ())]
    assert triggers == ([] if order[0] == 1 else ["opened", "resolved"])
    with sqlite_store.reading() as session:
        one = session.scalars(select(Incident)).one()
        assert (one.resolved_by, one.resolution) == ("failed", QUOTA)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_operation_that_failed_does_not_resolve_what_another_one_did(
    sqlite_store: ErrorStore, order: Sequence[int]
) -> None:
    sent: list[Event] = [finding(0, summary="done"), announced(5), failed(5, 6)]
    triggers, incidents = deliver(sqlite_store, [sent[at] for at in order])
    assert incidents == [(F, "open", at(0), at(5), None, 2, ())]
    assert "resolved" not in triggers or order.index(0) == 2
    with sqlite_store.reading() as session:
        assert session.scalars(select(Incident.summary).where(Incident.resolved_at.is_(None))).all() == ["done"]


def test_what_takes_place_while_an_operation_fails_began_itself(store: ErrorStore) -> None:
    _, incidents = deliver(store, [announced(0), finding(1, summary="done"), failed(0, 2)])
    assert incidents == [(F, "open", at(1), at(1), None, 2, ())]
