from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.value_lists import ValueLists, baseline_after, compared

BLOCK = {
    "allowed": ["rules.values.allowed"],
    "denied": ["rules.values.denied"],
    "unless": ["rules.condition", "inherit"],
}


def lists(allowed: str = "", denied: str = "", **more: Any) -> ValueLists | None:
    values = {"allowed": list(allowed), "denied": list(denied)}
    return ValueLists.of({"rules": [{"values": values, **more}]}, BLOCK)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (["a"], [""]),
        (["ab", "a"], ["", "stricter"]),
        (["a", "ab"], ["", "looser"]),
        (["a", "a"], ["", "equal"]),
        (["a", "ab", "a"], ["", "looser", "restored"]),
        (["ab", "abc", "a"], ["", "looser", "restored"]),
        (["a", "abc", "ab", "a"], ["", "looser", "partly restored", "restored"]),
        (["a", "abc", "abc"], ["", "looser", "partly restored"]),
        (["a", "ab", "ac"], ["", "looser", "looser"]),
        (["a", "ab", "a", "ab"], ["", "looser", "restored", "looser"]),
        (["ab", "a", "ab"], ["", "stricter", "looser"]),
        (["a", None, "a"], ["", "looser", "restored"]),
        (["a", None, "ab"], ["", "looser", "looser"]),
        ([None, "a"], ["", ""]),
    ],
)
def test_allowed_values_are_compared_with_those_before_and_with_the_baseline(
    history: list[str | None], expected: list[str]
) -> None:
    before = baseline = None
    found = []
    for allowed in history:
        now = None if allowed is None else lists(allowed)
        found.append(compared(now, before, baseline))
        before, baseline = now, baseline_after(found[-1], before, baseline)
    assert found == expected


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (lists(denied="ab"), lists(denied="a"), "stricter"),
        (lists(denied="a"), lists(denied="ab"), "looser"),
        (lists("ab", "b"), lists("ab"), "stricter"),
        (lists(denied="a"), lists("b"), "looser"),
        (lists("b"), lists(denied="a"), "looser"),
    ],
)
def test_denied_values_count_the_other_way(now: ValueLists, before: ValueLists, expected: str) -> None:
    assert compared(now, before, None) == expected


def test_lists_that_do_not_decide_alone_are_not_compared() -> None:
    assert lists("a", condition={"expression": "x"}) is None
    assert lists() is None
    assert ValueLists.of({"inherit": True, "rules": {"values": {"allowed": ["a"]}}}, BLOCK) is None
    assert ValueLists.of({"inherit": False, "rules": {"values": {"allowed": ["is:a"]}}}, BLOCK) == lists("a")


def test_a_stored_baseline_is_the_same() -> None:
    found = lists("ba", "c")
    assert found is not None
    assert ValueLists.stored({"baseline": found.as_json()}) == found
    assert ValueLists.stored({}) is None
