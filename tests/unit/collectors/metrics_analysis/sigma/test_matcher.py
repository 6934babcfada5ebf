from __future__ import annotations

import time
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import matcher
from tests.support.rules import condition, holds, platform


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ({"x": "Failed"}, "FAILED", True),
        ({"x|cased": "Failed"}, "FAILED", False),
        ({"x": "straße"}, "STRASSE", True),
        ({"x": "7"}, 7, True),
        ({"x": 7}, "7", True),
        ({"x": 7}, "7.0", True),
        ({"x": 7}, True, False),
        ({"x": 1}, True, False),
        ({"x": True}, "true", True),
        ({"x": "true"}, True, True),
        ({"x": False}, None, False),
        ({"x|gte": 10}, "1048576", True),
        ({"x|gte": 10}, "9", False),
        ({"x|gt": 10}, 10, False),
        ({"x|lt": 0}, "-5", True),
        ({"x|lte": 2.5}, "2.5", True),
        ({"x|gte": 1}, "9" * 5000, True),
        ({"x|gte": 1}, "ten", False),
        ({"x|gte": 1}, "nan", False),
        ({"x": "a*c"}, "abbbc", True),
        ({"x": "a?c"}, "abc", True),
        ({"x": "a?c"}, "ac", False),
        ({"x": "a*b*c"}, "a\nb\nc", True),
        ({"x": r"a\*c"}, "a*c", True),
        ({"x": r"a\*c"}, "abc", False),
        ({"x": "*.insert"}, "v1.compute.instances.INSERT", True),
        ({"x|contains": "mid"}, "aMIDb", True),
        ({"x|startswith": "pre"}, "prefix", True),
        ({"x|endswith": ["a", "fix"]}, "prefix", True),
        ({"x|contains|all": ["a", "b"]}, "b-a", True),
        ({"x|contains|all": ["a", "c"]}, "b-a", False),
        ({"x|re": "^a.c$"}, "abc", True),
        ({"x|re": "B"}, "abc", False),
        ({"x|re|i": "B"}, "abc", True),
        ({"x|re|s": "a.c"}, "a\nc", True),
        ({"x|re|m": "^c$"}, "a\nc", True),
        ({"x|re": "a"}, "\ud800a", True),
        ({"x|cidr": "203.0.113.0/24"}, "203.0.113.7", True),
        ({"x|cidr": "203.0.113.0/24"}, "198.51.100.1", False),
        ({"x|cidr": "2001:db8::/32"}, "2001:db8::1", True),
        ({"x|cidr": "2001:db8::/32"}, "private", False),
        ({"x|exists": True}, None, True),
        ({"x|exists": True}, {}, True),
        ({"x|exists": False}, 1, False),
        ({"x": None}, None, True),
        ({"x": None}, 1, False),
        ({"x": ""}, "", True),
        ({"x": ["a", "b"]}, "b", True),
        ({"x": ["a", 5]}, "5", True),
        ({"x": "b"}, ["a", "b"], True),
        ({"x": "a"}, {"a": "a"}, False),
        ({"x|neq": "a"}, "b", True),
        ({"x|neq": "a"}, "a", False),
    ],
)
def test_an_item_compares_one_value(item: dict[str, Any], value: Any, expected: bool) -> None:  # noqa: FBT001
    definition = {f"jsonPayload.{key}": wanted for key, wanted in item.items()}
    assert holds(definition, platform(x=value)) is expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"x": "a"}, False),
        ({"x|exists": True}, False),
        ({"x|exists": False}, True),
        ({"x": None}, True),
        ({"x|lt": 5}, False),
        ({"x": ""}, False),
        ({"x|neq": "a"}, True),  # a negated item, as `not` would
    ],
)
def test_a_missing_field_satisfies_nothing_but_its_absence(item: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    definition = {f"jsonPayload.{key}": wanted for key, wanted in item.items()}
    assert holds(definition, platform(y=1)) is expected


@pytest.mark.parametrize(
    ("key", "other", "expected"),
    [
        ("x|fieldref", "A", True),
        ("x|fieldref", "b", False),
        ("x|fieldref|startswith", "", False),
        ("x|fieldref", None, False),
    ],
)
def test_a_field_is_compared_with_another_field(key: str, other: Any, expected: bool) -> None:  # noqa: FBT001
    assert holds({f"jsonPayload.{key}": "jsonPayload.y"}, platform(x="a", y=other)) is expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [(["connection lost", "reset"], True), ({"|all": ["connection", "peer"]}, True), ("refused", False), (503, True)],
)
def test_a_value_without_a_field_is_found_in_the_text(definition: Any, expected: bool) -> None:  # noqa: FBT001
    assert holds(definition, platform(message="503: Connection LOST by peer", other="refused")) is expected
    assert holds(definition, {"textPayload": "503: Connection LOST by peer"}) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 of sel*", True),
        ("all of sel*", False),
        ("1 of them and not sel_b", True),
        ("all of them", False),
        ("not (sel_a and sel_b) and (sel_a or other)", True),
        ("sel_b or other", False),
    ],
)
def test_conditions_have_all_of_sigma(text: str, expected: bool) -> None:  # noqa: FBT001
    definitions = {"sel_a": {"jsonPayload.x": 1}, "sel_b": {"jsonPayload.x": 2}, "other": {"jsonPayload.x": 3}}
    entry = platform(x=1)
    assert condition(definitions, text).holds(entry, entry) is expected


DELTA = {"jsonPayload.deltas[any]": {"action": "ADD", "member": ["allUsers", "allAuthenticatedUsers"]}}


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([{"action": "ADD", "member": "allUsers"}], True),
        ([{"action": "ADD", "member": "user:a"}, {"action": "REMOVE", "member": "allUsers"}], False),
        ([], False),
        ({"action": "ADD", "member": "allUsers"}, True),
        (None, False),
        ("allUsers", False),
    ],
)
def test_a_block_binds_its_conditions_to_one_element(deltas: Any, expected: bool) -> None:  # noqa: FBT001
    assert holds(DELTA, platform(deltas=deltas)) is expected


@pytest.mark.parametrize(
    ("definition", "entry", "expected"),
    [
        ({"jsonPayload.x[all]|startswith": "a"}, {"x": ["ab", "ac"]}, True),
        ({"jsonPayload.x[all]|startswith": "a"}, {"x": []}, False),
        ({"jsonPayload.x[all_or_empty]|startswith": "a"}, {}, True),
        ({"jsonPayload.x[none]": "b"}, {"x": ["a"]}, True),
        ({"jsonPayload.x[none]": "b"}, {"x": ["a", "b"]}, False),
        ({"jsonPayload.x[any].y[all]": 1}, {"x": [{"y": [1, 2]}, {"y": [1, 1]}]}, True),
        ({"jsonPayload.x[any]": {"a": 1, "y[none]": {"b": 2}}}, {"x": [{"a": 1, "y": [{"b": 2}]}]}, False),
        (
            {"jsonPayload.x[any]": {"condition": "a and not b", "a": {".": "p*"}, "b": {".": "pq"}}},
            {"x": ["pq", "pr"]},
            True,
        ),
        ({"jsonPayload.x[any]": {"y|fieldref": "jsonPayload.owner"}}, {"x": [{"y": "me"}], "owner": "me"}, True),
        ({"jsonPayload.x[0].y": 1}, {"x": [{"y": 1}, {"y": 2}]}, True),
        ({"jsonPayload.x[-1].y": 1}, {"x": [{"y": 1}, {"y": 2}]}, False),
    ],
)
def test_quantifiers_positions_and_nesting(definition: Any, entry: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert holds(definition, platform(**entry)) is expected


def test_it_says_which_fields_and_elements_matched() -> None:
    definitions = {"state": {"jsonPayload.state": ["A", "B"]}, "grant": DELTA, "odd": {"jsonPayload.state": "C"}}
    good = {"action": "ADD", "member": "allUsers", "role": "r"}
    entry = platform(state=["B", "X"], deltas=[{"action": "ADD", "member": "user:a"}, good])
    notes = matcher.match_evidence(condition(definitions, "(state or odd) and grant and not odd"), entry)
    assert notes.values == {
        "jsonPayload.state": ["B"],
        "jsonPayload.deltas.action": ["ADD"],
        "jsonPayload.deltas.member": ["allUsers"],
    }
    assert notes.elements == {("jsonPayload", "deltas"): [good]}


def test_an_object_is_noted_without_its_content() -> None:
    definition = {"selection": {"jsonPayload.request|exists": True}}
    notes = matcher.match_evidence(condition(definition, "selection"), platform(request={"password": "x"}))
    assert notes.values == {"jsonPayload.request": ["{…}"]}


@pytest.mark.parametrize("item", [{"x|re": "(a+)+$"}, {"x": "a*a*a*a*a*a*a*a*b"}, {"x|contains": "a" * 50 + "b"}])
def test_no_text_makes_a_rule_slow(item: dict[str, str]) -> None:
    node = condition({"selection": {f"jsonPayload.{key}": value for key, value in item.items()}}, "selection")
    entry = platform(x="a" * 20_000 + "!")
    started = time.thread_time()
    assert not node.holds(entry, entry)
    assert time.thread_time() - started < 0.5
