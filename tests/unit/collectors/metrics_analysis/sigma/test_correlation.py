from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma.correlation import Neighbour, correlate
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from shared.events import CountedEvent
from shared.model import Finding
from tests.support.rules import BURST, DENIED, audit, engine

VALUES = (
    BURST.replace("event_count", "value_count")
    .replace("condition: {gte: 3}", "condition: {gte: 3, field: protoPayload.resourceName}")
    .replace("{count} denied calls", "denied on {count} resources")
)


@pytest.fixture(scope="module")
def burst(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine(tmp_path_factory.mktemp("rules"), DENIED, BURST)


def denied(second: int, who: str = "alice@example.com", resource: str = "r") -> dict[str, Any]:
    payload = {"status": {"code": 7}, "authenticationInfo": {"principalEmail": who}, "resourceName": resource}
    return audit(second=second, **payload)


def findings(rules: Engine, entries: list[dict[str, Any]]) -> list[Finding]:
    state = MemoryRuleState()
    return [finding for entry in entries for finding in resolve_state(rules.evaluate(entry), state)[0]]


def test_enough_events_in_the_window_are_one_occurrence_a_slot(burst: Engine) -> None:
    found = findings(burst, [denied(second) for second in (0, 100, 200, 300)])
    assert found[0].summary == "3 denied calls by alice@example.com"
    assert len({finding.event_key for finding in found}) == 1
    assert {finding.rule for finding in found} == {"test/rule1"}


def test_events_too_far_apart_are_nothing(burst: Engine) -> None:
    assert not findings(burst, [denied(second) for second in (0, 301, 602, 903)])


def test_groups_count_on_their_own(burst: Engine) -> None:
    assert not findings(burst, [denied(0, "a@example.com"), denied(1, "b@example.com"), denied(2, "a@example.com")])


def test_a_second_delivery_does_not_count(burst: Engine) -> None:
    assert not findings(burst, [denied(0), denied(1), denied(1), denied(0)])


def test_a_late_event_completes_the_window_it_belongs_to(burst: Engine) -> None:
    found = findings(burst, [denied(0), denied(500), denied(250)])
    assert [finding.time.second for finding in found] == [20]  # 03:08:20, the end of the window


def test_a_value_count_counts_different_values(tmp_path: Path) -> None:
    rules = engine(tmp_path, DENIED, VALUES)
    assert not findings(rules, [denied(0, resource="a"), denied(1, resource="b"), denied(2, resource="a")])
    found = findings(rules, [denied(at, resource=name) for at, name in enumerate("abc")])
    assert [finding.summary for finding in found] == ["denied on 3 resources by alice@example.com"]


def test_an_event_without_the_value_does_not_count(tmp_path: Path) -> None:
    rules = engine(tmp_path, DENIED, VALUES)
    assert not rules.evaluate(audit(status={"code": 7}))


@given(seconds=st.lists(st.integers(0, 2400), max_size=14), seed=st.randoms())
def test_the_order_and_repetition_of_deliveries_change_nothing(
    burst: Engine, seconds: list[int], seed: random.Random
) -> None:
    in_order = [denied(second) for second in sorted(set(seconds))]
    shuffled = [denied(second) for second in [*seconds, *seconds]]
    seed.shuffle(shuffled)
    expected = {finding.event_key for finding in findings(burst, in_order)}
    assert {finding.event_key for finding in findings(burst, shuffled)} == expected
    assert bool(expected) is _reached(sorted(set(seconds)))


def _reached(seconds: list[int]) -> bool:
    return any(third - first <= 600 for first, third in zip(seconds, seconds[2:], strict=False))


class Counted(list[Neighbour]):
    """A list that counts the reads of its items."""

    read = 0

    def __getitem__(self, at: Any) -> Any:
        Counted.read += 1
        return super().__getitem__(at)


def counted(burst: Engine, second: int, **changes: Any) -> CountedEvent:
    """An event that the burst rule counts, with a changed specification."""
    [event] = burst.evaluate(denied(0)).counted
    time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return replace(event, time=time, event_key=str(second), spec={**event.spec, **changes})


def naive(event: CountedEvent, neighbours: list[Neighbour]) -> dict[int, tuple[datetime, int]]:
    """The time and the count of the first full window in each slot: each window is counted from scratch."""
    made: dict[int, tuple[datetime, int]] = {}
    for end, _ in neighbours:
        inside = [value for time, value in neighbours if end - event.timespan <= time <= end]
        count = len(set(inside)) if event.spec["type"] == "value_count" else len(inside)
        slot = int(end.timestamp() // event.timespan.total_seconds())
        if end >= event.time and slot not in made and count >= event.spec["limit"]:
            made[slot] = end, count
    return made


@given(
    seen=st.lists(st.tuples(st.integers(0, 1500), st.sampled_from("abcd")), min_size=1, max_size=25),
    kind=st.sampled_from(["event_count", "value_count"]),
    limit=st.integers(1, 5),
)
def test_the_window_of_an_event_is_found_without_checking_all_windows(
    burst: Engine, seen: list[tuple[int, str]], kind: str, limit: int
) -> None:
    event = counted(burst, seen[0][0], type=kind, limit=limit)
    times = [(counted(burst, second).time, value) for second, value in seen]
    around = sorted(item for item in times if abs(item[0] - event.time) <= event.timespan)
    found = correlate(event, around)
    text = {int(item.event_key.split(":")[-1]): (item.time, int(item.summary.split()[0])) for item in found}
    assert text == naive(event, around)


@pytest.mark.parametrize("step", [1, -1])
def test_an_event_of_a_long_burst_reads_few_of_the_others(burst: Engine, step: int) -> None:
    # 5,000 in ten minutes: at the beginning or at the end of them.
    event = counted(burst, 0)
    around = Counted(sorted((event.time + step * timedelta(milliseconds=100 * at), "") for at in range(5000)))
    Counted.read = 0
    assert correlate(event, around)
    assert Counted.read < 300


@pytest.mark.slow
def test_a_burst_read_newest_first_is_one_occurrence_a_slot(burst: Engine) -> None:
    entries = [{**denied(at % 500), "insertId": str(at)} for at in range(5000)]
    found = findings(burst, sorted(entries, key=lambda entry: str(entry["timestamp"]), reverse=True))
    assert len({finding.event_key for finding in found}) == 1
