from __future__ import annotations

from datetime import UTC, datetime, timedelta

from collectors.metrics_analysis.rule_state import MemoryRuleState
from shared.events import CountedEvent, OperationStart

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(key: str, minute: int = 0, group: str = "g") -> CountedEvent:
    return CountedEvent("rule", group, key, key, START + timedelta(minutes=minute), timedelta(minutes=10))


def test_it_gives_the_events_around_the_new_one() -> None:
    state = MemoryRuleState()
    for key, minute in (("a", 0), ("b", 30), ("c", 12)):
        state.count(event(key, minute))
    seen = state.count(event("d", 20)) or []
    assert [value for _, value in seen] == ["c", "d", "b"]


def test_an_event_counts_once() -> None:
    state = MemoryRuleState()
    assert state.count(event("a")) is not None
    assert state.count(event("a")) is None


def test_what_was_touched_longest_ago_is_forgotten() -> None:
    state = MemoryRuleState(limit=2)
    for group in ("one", "two", "three"):
        state.count(event("a", group=group))
    assert state.count(event("a", group="three")) is None
    assert state.count(event("a", group="one")) is not None


def test_a_group_forgets_its_oldest_event() -> None:
    state = MemoryRuleState(limit=2)
    for minute in (1, 2, 3):
        state.count(event(str(minute), minute))
    assert state.count(event("1", 1)) is not None


def test_the_first_start_of_an_operation_stays() -> None:
    state = MemoryRuleState()
    state.remember(OperationStart("op", START, {"who": "alice"}))
    state.remember(OperationStart("op", START, {"who": "bob"}))
    assert state.recall("op") == {"who": "alice"}
    assert state.recall("other") is None


def test_parts_come_out_in_order_when_complete() -> None:
    state = MemoryRuleState()
    assert state.part("u", 1, 2, {"n": 1}) is None
    assert state.part("u", 1, 2, {"n": 1}) is None
    assert state.part("u", 0, 2, {"n": 0}) == [{"n": 0}, {"n": 1}]
