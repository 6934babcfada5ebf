"""The totals of a backtest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collectors.metrics_analysis.backtest.result import ExistingIncident, FiredEvent, RuleBacktest
from shared.texts import Text
from tests.support.findings import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def event(ago: timedelta, fault: str = "a", count: int = 1, *known: tuple[str, int]) -> FiredEvent:
    printed = tuple(ExistingIncident(rule, number) for rule, number in known)
    return FiredEvent(NOON - ago, fault, f"bucket-{fault}", "", Text.verbatim("it"), count, printed)


def result(*fired: FiredEvent, quiet: timedelta = 6 * HOUR, recovered: datetime | None = None) -> RuleBacktest:
    recoveries = {"a": [recovered]} if recovered else {}
    return RuleBacktest("storage/x", NOON - 15 * DAY, NOON, fired, 9, quiet=quiet, recoveries=recoveries)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (result(event(5 * HOUR), event(1 * HOUR)), 1),
        (result(event(9 * HOUR), event(1 * HOUR)), 2),
        (result(event(5 * HOUR), event(1 * HOUR), recovered=NOON - 3 * HOUR), 2),
        (result(event(1 * HOUR), event(5 * HOUR), event(HOUR, "b")), 2),
        (result(), 0),
    ],
)
def test_events_of_a_fault_are_one_incident_until_it_recovers_or_is_quiet(found: RuleBacktest, expected: int) -> None:
    assert found.incidents == expected


def test_times_are_summed_by_week_and_resource() -> None:
    found = result(event(15 * DAY, count=2), event(8 * DAY, "b"), event(HOUR), event(2 * HOUR))
    assert found.times == 5
    assert [count for _, count in found.weeks] == [2, 1, 2]
    assert found.weeks[0][0] == NOON - 15 * DAY
    assert found.resources == [("bucket-a", 4), ("bucket-b", 1)]


def test_events_in_incidents_of_other_rules_are_known() -> None:
    other, own = ("iam/y", 4), ("storage/x", 5)
    found = result(event(HOUR, "a", 1, other, own), event(HOUR, "b", 1, own), event(HOUR, "c"))
    assert (found.already_incidents, found.other_rules) == (1, [("iam/y", 1)])
