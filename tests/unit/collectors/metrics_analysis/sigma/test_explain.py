"""An explanation agrees with detection; it names the failed conditions with their values, near misses first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors.metrics_analysis.compiler.detection import Detection
from collectors.metrics_analysis.compiler.examples import cases
from collectors.metrics_analysis.compiler.rule_errors import Problems
from collectors.metrics_analysis.sigma import matcher
from collectors.metrics_analysis.sigma.explain import ConditionResult, explain, nearest
from shared.strict_yaml import Document
from tests.support.shipped_rules import RULES, compiled


def spec(definitions: dict[str, Any], condition: str, name: str = "test/rule", payload: str = "any") -> dict[str, Any]:
    """A compiled rule on fields of jsonPayload."""
    definitions = {
        detection: {f"jsonPayload.{field}": value for field, value in block.items()}
        for detection, block in definitions.items()
    }
    problems = Problems(Document(definitions, "test.yml", {(): 1}))
    places: dict[str, tuple[str | int, ...]] = {each: (each,) for each in definitions}
    tree = Detection(definitions, places, problems, arrays=True).tree(condition, "condition")
    assert not problems.errors, problems.errors
    return {"name": name, "payload": payload, "condition": json.loads(json.dumps(tree))}


def lines(result: ConditionResult, depth: int = 0) -> list[str]:
    found = f" · {result.found.en}" if result.found else ""
    own = f"{'  ' * depth}{'+' if result.holds else '-'} {result.text.en}{found}"
    return [own, *(line for part in result.parts for line in lines(part, depth + 1))]


def explained(definition: Any, entry: dict[str, Any], condition: str = "a") -> list[str]:
    definitions = definition if condition != "a" else {"a": definition}
    found = lines(explain(spec(definitions, condition), {"jsonPayload": entry}).condition)
    return [line.replace("jsonPayload.", "") for line in found]


@pytest.mark.parametrize(
    ("definition", "entry", "text"),
    [
        ({"x": "FAILED"}, {"x": "DONE"}, "- x is 'FAILED' · found 'DONE'"),
        ({"x": ["a", "b"]}, {}, "- x is 'a' or 'b' · the field is missing"),
        ({"x|startswith": "a"}, {"x": "ab"}, "+ x starts with 'a' · found 'ab'"),
        ({"x|endswith": ["a", "b"]}, {"x": ["p", "q"]}, "- x ends with 'a' or 'b' · found 'p', 'q'"),
        ({"x|contains": "a"}, {"x": {"y": 1}}, "- x contains 'a' · found {…}"),
        ({"x|gte": 10}, {"x": "9"}, "- x ≥ 10 · found '9'"),
        ({"x": "a*c"}, {"x": "b"}, "- x matches a*c · found 'b'"),
        ({"x|re": "a+"}, {"x": "b"}, "- x matches /a+/ · found 'b'"),
        ({"x|cidr": "10.0.0.0/8"}, {"x": "192.0.2.1"}, "- x is in 10.0.0.0/8 · found '192.0.2.1'"),
        ({"x|exists": True}, {}, "- x exists · the field is missing"),
        ({"x|exists": False}, {"x": 1}, "- not: x exists · found '1'"),
        ({"x": None}, {"x": 1}, "- x is missing · found '1'"),
        ({"x|fieldref": "jsonPayload.y"}, {"x": "a", "y": "b"}, "- x is the value of y · found 'a'"),
        ({"x": list("abcdef")}, {"x": "z"}, "- x is 'a' or 'b' or 'c' or 'd' or 2 more · found 'z'"),
        ({"x": "a"}, {"x": "b" * 200}, f"- x is 'a' · found '{'b' * 119}…'"),
    ],
)
def test_a_condition_is_shown_with_the_value_of_the_entry(definition: Any, entry: dict[str, Any], text: str) -> None:
    assert explained(definition, entry) == [text]


def test_failed_conditions_come_first_and_near_misses_before_others() -> None:
    definition = {"a": 1, "b": 1, "list[any]": {"c": 1, "d": 1, "e": 1}}
    entry = {"a": 1, "b": 2, "list": [{"c": 2, "d": 2}, {"c": 1, "d": 1}]}
    assert explained(definition, entry) == [
        "- all of these",
        "  - b = 1 · found '2'",
        "  - an element of list has all of these · nearest of 2 elements",
        "    - e = 1 · the field is missing",
        "    + c = 1 · found '1'",
        "    + d = 1 · found '1'",
        "  + a = 1 · found '1'",
    ]


def test_alternatives_are_shown_nearest_first_when_none_is_true() -> None:
    definitions = {"p": {"x": 1, "y": 1}, "q": {"z": 1}}
    assert explained(definitions, {"x": 2}, "p or q") == [
        "- one of these",
        "  - z = 1 · the field is missing",
        "  - all of these",
        "    - x = 1 · found '2'",
        "    - y = 1 · the field is missing",
    ]
    assert explained(definitions, {"z": 1}, "p or q") == ["+ one of these", "  + z = 1 · found '1'"]


def test_an_exclusion_names_the_value_that_excludes() -> None:
    definitions = {"p": {"x": 1}, "q": {"y": 1}, "r": {"z": 1}}
    assert explained(definitions, {"x": 1, "z": 1}, "p and not (q or r)") == [
        "- all of these",
        "  - none of these",
        "    - not: z = 1 · found '1'",
        "    + not: y = 1 · the field is missing",
        "  + x = 1 · found '1'",
    ]


@pytest.mark.parametrize(
    ("payload", "entry", "refusals"),
    [
        ("audit", {"logName": "projects/p/logs/x", "protoPayload": {}}, 1),
        ("platform", {"logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity", "protoPayload": {}}, 1),
        ("any", {"logName": "projects/q/logs/x", "resource": {"labels": {"project_id": "p"}}}, 1),
        ("audit", {"logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity", "protoPayload": {}}, 0),
        ("platform", {"logName": "projects/p/logs/x"}, 0),
    ],
)
def test_an_entry_that_the_rule_does_not_read_is_named(payload: str, entry: dict[str, Any], refusals: int) -> None:
    found = explain(spec({"a": {"x|exists": False}}, "a", payload=payload), entry)
    assert (len(found.refusals), found.matches) == (refusals, not refusals)


def test_the_nearest_rules_come_first_and_unrelated_ones_not_at_all() -> None:
    rules = [
        spec({"a": {"x": 1, "y": 1, "z": 1}}, "a", "two-fail"),
        spec({"a": {"q": 1}}, "a", "unrelated"),
        spec({"a": {"x": 1, "y": 1}}, "a", "one-fails"),
        spec({"a": {"x": 1}}, "a", "matches"),
    ]
    assert [each.rule for each in nearest(rules, {"jsonPayload": {"x": 1}}, most=9)] == [
        "matches",
        "one-fails",
        "two-fail",
    ]
    assert [each.rule for each in nearest(rules, {"jsonPayload": {"x": 1}}, most=1)] == ["matches"]


def test_an_explanation_agrees_with_detection_on_examples_of_shipped_rules() -> None:
    specs = {each["name"]: each for each in compiled()["rules"]}
    for case in cases(RULES, compiled())[::4]:
        for entry in case.entries if case.rule in specs else ():
            tree = specs[case.rule]["condition"]
            found = explain(specs[case.rule], entry).condition
            holds = matcher.build(tree).holds(entry, entry)
            assert (case, found.holds, found.failed == 0) == (case, holds, holds)
            assert 0 <= found.failed <= found.total
