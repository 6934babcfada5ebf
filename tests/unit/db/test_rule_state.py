"""The state of stateful rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.error_db import rule_state
from db.error_db.models import ResourceFactRow
from db.error_db.store import ErrorStore
from db.error_db.transaction import ErrorTransaction
from shared.events import CountedEvent, OperationStart, ResourceFact
from tests.support.findings import NOON, at
from tests.support.two_transactions import at_once


def event(minutes: float, group: str = "alice", **changes: Any) -> CountedEvent:
    values: dict[str, Any] = {
        "rule": "iam/burst",
        "event_key": f"event-{minutes}",
        "value": "v",
        "timespan": timedelta(minutes=10),
    }
    return CountedEvent(**values | {"group_key": group, "time": at(minutes)} | changes)


def count(store: ErrorStore, item: CountedEvent) -> list[float] | None:
    """Counts an event; returns the minutes after noon of the events around it."""
    with store.transaction(NOON) as transaction:
        seen = transaction.count(item)
    return None if seen is None else [(time - NOON).total_seconds() / 60 for time, _ in seen]


def part(store: ErrorStore, index: int, minutes: float = 0) -> list[dict[str, Any]] | None:
    with store.transaction(at(minutes)) as transaction:
        return transaction.part("uid", index, 3, {"part": index})


def given_up(store: ErrorStore, before: float) -> list[list[dict[str, Any]]]:
    with store.transaction(at(60)) as transaction:
        return transaction.incomplete_parts(at(before))


def fact(minutes: float, *, complete: bool = False, **fields: Any) -> ResourceFact:
    return ResourceFact(
        "rule-x", f"event-{minutes}", at(minutes), {"request": fields} if fields else {}, complete=complete
    )


def test_a_resource_has_the_fields_of_its_earlier_entries(store: ErrorStore) -> None:
    facts = [
        fact(0, complete=True, a=1, b=[1]),
        fact(9, b=[2]),
        fact(5, c=3),
        fact(20, complete=True, c=4),
        fact(30, complete=True),
    ]
    with store.transaction(NOON) as transaction:
        for one in (*facts, facts[0]):
            transaction.learn(one)
        known = [transaction.known("rule-x", at(minute)) for minute in (0, 6, 10, 21, 31)]
        assert transaction.known("rule-y", at(60)) == {}
    assert known == [
        {},
        {"request": {"a": 1, "b": [1], "c": 3}},
        {"request": {"a": 1, "b": [2], "c": 3}},
        {"request": {"c": 4}},
        {},
    ]


def test_an_entry_is_stored_once_and_one_without_fields_never(store: ErrorStore) -> None:
    facts = [fact(0, complete=True, a=1), fact(5, a=1), fact(9, complete=True, a=1)]
    with store.transaction(NOON) as transaction:
        for one in (*facts, *facts, fact(12)):
            transaction.learn(one)
        assert transaction.session.scalar(select(func.count()).select_from(ResourceFactRow)) == len(facts)


def test_a_counted_event_sees_its_window_in_both_directions(store: ErrorStore) -> None:
    for minutes in (0, 5, 30):
        count(store, event(minutes))
    assert count(store, event(12)) == [5, 12]
    assert count(store, event(21)) == [12, 21, 30]


def test_an_event_that_was_counted_before_is_none(store: ErrorStore) -> None:
    count(store, event(0))
    assert count(store, event(0)) is None


def test_other_groups_are_not_counted(store: ErrorStore) -> None:
    count(store, event(0, group="bob"))
    assert count(store, event(1)) == [1]


def test_only_a_digest_of_a_counted_value_is_stored(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        [(time, value)] = transaction.count(event(0, value="203.0.113.9")) or []
    assert time == at(0)
    assert value
    assert "203.0.113.9" not in value
    with store.transaction(NOON) as transaction:
        seen = transaction.count(event(1, value="203.0.113.9")) or []
    assert {other for _, other in seen} == {value}


def test_of_many_events_the_nearest_are_read(store: ErrorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_state, "NEAREST", 2)
    for minutes in (0, 1, 2, 6, 7, 8):
        count(store, event(minutes))
    assert count(store, event(4)) == [2, 4, 6, 7]


def test_only_events_that_can_fill_a_window_are_read_for_a_counted_value(store: ErrorStore) -> None:
    """The slot ends at 12:10. Of each value it reads the last event before, and the first after it on either side of 12:10."""
    values: dict[str, Any] = {"spec": {"type": "value_count"}}
    for minutes, value in ((4, "a"), (5, "a"), (5.5, "b"), (7, "a"), (8, "a"), (12, "a"), (13, "a")):
        count(store, event(minutes, value=value, **values))
    assert count(store, event(6, value="c", **values)) == [5, 5.5, 6, 7, 12]


def test_the_first_start_of_an_operation_stays(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.remember(OperationStart("compute/1", at(0), {"principal": "alice@example.com"}))
        transaction.remember(OperationStart("compute/1", at(1), {"principal": "bob@example.com"}))
        assert transaction.recall("compute/1") == {"principal": "alice@example.com"}
        assert transaction.recall("compute/2") is None


def test_a_split_entry_is_complete_with_its_last_part(store: ErrorStore) -> None:
    assert [part(store, 2), part(store, 0)] == [None, None]
    assert part(store, 1) == [{"part": 0}, {"part": 1}, {"part": 2}]


def test_a_repeated_part_of_a_complete_entry_is_ignored(store: ErrorStore) -> None:
    for index in range(3):
        part(store, index)
    assert part(store, 1) is None


def test_an_entry_in_one_part_is_complete(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        assert transaction.part("uid", 0, 0, {"part": 0}) == [{"part": 0}]


def test_parts_that_stay_alone_are_given_up_once(store: ErrorStore) -> None:
    part(store, 0, minutes=0)
    part(store, 2, minutes=1)
    assert given_up(store, before=1) == []
    assert given_up(store, before=2) == [[{"part": 0}, {"part": 2}]]
    assert given_up(store, before=2) == []


def test_a_complete_entry_is_never_abandoned(store: ErrorStore) -> None:
    for index in range(3):
        part(store, index)
    assert given_up(store, before=30) == []


def test_a_part_that_comes_after_the_others_were_given_up_is_not_lost(store: ErrorStore) -> None:
    part(store, 0)
    given_up(store, before=30)
    assert part(store, 1) == [{"part": 1}]
    assert part(store, 0) is None


def test_of_two_instances_with_one_entry_of_an_operation_each_one_sees_both(store: ErrorStore) -> None:
    first, last = (OperationStart(key, NOON, {"entry": key}) for key in ("operation", "operation|last"))

    def join(part: OperationStart, other: OperationStart) -> Callable[[ErrorTransaction], dict[str, Any] | None]:
        return lambda transaction: transaction.join(part, other.operation_key)

    seen = at_once(store, join(first, last), join(last, first), lock="SELECT pg_advisory_xact_lock")
    assert seen == (None, {"entry": "operation"})
