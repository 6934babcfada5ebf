"""Conditions of bindings are evaluated where they depend on time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.access.iam_conditions import DEEPEST, evaluate, expired_at
from insights.access.model import Ternary

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PAST, FUTURE = "timestamp('2026-01-01T00:00:00Z')", 'timestamp("2027-01-01T09:00:00+09:00")'
NAME = "resource.name.startsWith('projects/_/buckets/raw && (')"


def value(expression: str, at: datetime = AT) -> Ternary:
    return evaluate({"expression": expression, "title": "x"}, at)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"request.time < {PAST}", Ternary.NO),
        (f"request.time < {FUTURE}", Ternary.YES),
        (f"{PAST} >= request.time", Ternary.NO),
        (f"request.time>={PAST}&&request.time<{FUTURE}", Ternary.YES),
        (f"!(request.time < {PAST})", Ternary.YES),
        (f"request.time < {PAST} || request.time < {FUTURE}", Ternary.YES),
        (f"{NAME} && request.time < {PAST}", Ternary.NO),
        (f"{NAME} && request.time < {FUTURE}", Ternary.UNKNOWN),
        (f"{NAME} || request.time < {PAST}", Ternary.UNKNOWN),
        (f"({NAME} || true) && (request.time < {FUTURE})", Ternary.YES),
        (f"request.time.getHours('Asia/Tokyo') < 18 && request.time < {PAST}", Ternary.NO),
        ("request.time < timestamp('soon')", Ternary.UNKNOWN),
        ("request.time < timestamp('2026-01-01T00:00:00')", Ternary.UNKNOWN),
        (f"request.time < {PAST} + duration('9000h')", Ternary.UNKNOWN),
        (f"{NAME} && request.time < {PAST} ? true : true", Ternary.UNKNOWN),
        (f"(request.time < {PAST}) == false", Ternary.UNKNOWN),
        (f"['a'].exists(x, x == 'a' && request.time < {PAST})", Ternary.UNKNOWN),
        (f"request.time < {PAST} &&", Ternary.UNKNOWN),
        (f"(request.time < {PAST}", Ternary.UNKNOWN),
        (f"request.time < {PAST}) && (true", Ternary.UNKNOWN),
        ("'unclosed", Ternary.UNKNOWN),
    ],
)
def test_a_condition_is_true_false_or_unknown(expression: str, expected: Ternary) -> None:
    assert value(expression) is expected


@pytest.mark.parametrize("condition", [None, {}, {"expression": " ", "title": "none"}])
def test_no_condition_evaluate(condition: dict[str, str] | None) -> None:
    assert evaluate(condition, AT) is Ternary.YES


def test_parentheses_without_end_are_not_followed() -> None:
    deep = DEEPEST + 1
    assert value("(" * deep + "true" + ")" * deep) is Ternary.UNKNOWN
    assert value("(" * 6_000) is Ternary.UNKNOWN


def test_the_last_moment_is_the_one_before() -> None:
    end = datetime(2026, 1, 1, tzinfo=UTC)
    assert value(f"request.time < {PAST}", end) is Ternary.NO
    assert value(f"request.time < {PAST}", end - timedelta(microseconds=1)) is Ternary.YES


def test_the_end_of_an_expired_condition_is_shown() -> None:
    end = datetime(2026, 1, 1, tzinfo=UTC)
    assert expired_at({"expression": f"{NAME} && request.time < {PAST}"}, AT) == end
    assert expired_at({"expression": f"request.time < {FUTURE}"}, AT) is None
    assert expired_at({"expression": f"request.time > {FUTURE}"}, AT) is None
    assert expired_at(None, AT) is None


JOINED_BY_OR, JOINED_BY_AND, COMPARED, SINGLE = range(4)  # how tightly the parts of an expression are bound
Tree = tuple[str, Ternary, int]
LEAVES = st.sampled_from(
    [
        (f"request.time < {PAST}", Ternary.NO, COMPARED),
        (f"request.time < {FUTURE}", Ternary.YES, COMPARED),
        (f"{FUTURE} <= request.time", Ternary.NO, COMPARED),
        ("(resource.type) == 'storage.googleapis.com/Bucket'", Ternary.UNKNOWN, COMPARED),
        (NAME, Ternary.UNKNOWN, SINGLE),
        ("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['a||b'])", Ternary.UNKNOWN, SINGLE),
    ]
)


def _operand(tree: Tree, least: int) -> str:
    """The expression as a part of another one, in parentheses if it is bound less tightly."""
    return tree[0] if tree[2] >= least else f"({tree[0]})"


def _joined(parts: tuple[Tree, str, Tree]) -> Tree:
    one, sign, other = parts
    strength = JOINED_BY_AND if sign == "&&" else JOINED_BY_OR
    value_of_both = min(one[1], other[1]) if sign == "&&" else max(one[1], other[1])
    return f"{_operand(one, strength)} {sign} {_operand(other, strength)}", value_of_both, strength


def _denied(part: Tree) -> Tree:
    return f"!{_operand(part, SINGLE)}", Ternary(2 - part[1]), SINGLE


def _enclosed(part: Tree) -> Tree:
    return f"({part[0]})", part[1], SINGLE


TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(_joined) | inner.map(_denied) | inner.map(_enclosed)
    ),
    max_leaves=12,
)


@given(TREES)
def test_the_logic_is_that_of_three_values_and_and_binds_tighter_than_or(tree: Tree) -> None:
    assert value(tree[0]) is tree[1]
