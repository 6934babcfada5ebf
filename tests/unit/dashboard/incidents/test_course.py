"""Occurrences of an incident over time, and what they have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dashboard.incidents.course import MARKS, strip
from dashboard.incidents.repeated import repeated
from shared.model import Severity
from shared.records import OccurrenceView
from tests.support.incidents import NOW

HOUR = timedelta(hours=1)


def occurrence(number: int, principal: str = "bob@example.com", **fields: str) -> OccurrenceView:
    return OccurrenceView(
        number, "r", str(number), Severity.HIGH, NOW, NOW, "", "", "", "", principal, "", {"fields": fields}
    )


def test_occurrences_are_counted_in_equal_parts_of_the_period() -> None:
    found = strip([NOW, NOW + HOUR, NOW + HOUR, NOW + 3 * HOUR], NOW, NOW + 3 * HOUR)
    assert found is not None
    counts = [count for _, count in found.counts]
    assert (len(counts), sum(counts), found.most) == (MARKS, 4, 2)
    assert (counts[0], counts[30], counts[-1]) == (1, 2, 1)


def test_a_single_occurrence_or_a_moment_has_no_course() -> None:
    assert strip([NOW], NOW, NOW + HOUR) is None
    assert strip([NOW, NOW], NOW, NOW) is None


def test_calls_and_addresses_are_counted_and_other_fields_only_where_they_differ() -> None:
    same = {"protoPayload.methodName": "get", "status": "7"}
    made = [occurrence(number, **same, table=f"t{number % 2}", id=str(number)) for number in range(8)]
    made.append(replace(occurrence(8, principal=""), evidence={}))
    found = {each.label.en: each.values for each in repeated(made)}
    assert found == {
        "Who": (("bob@example.com", 8),),
        "Call": (("get", 8),),
        "table": (("t0", 4), ("t1", 4)),
        "id": found["id"],
    }
    assert [each.more for each in repeated(made) if each.label.en == "id"] == [3]
