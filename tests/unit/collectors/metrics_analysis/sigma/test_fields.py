from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.fields import elements, find, members, parse, text


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        (r"labels.compute\.googleapis\.com/id", ("labels", "compute.googleapis.com/id")),
        ("args[0]", ("args", 0)),
        ("args[-1].name", ("args", -1, "name")),
        ("grid[1][2]", ("grid", 1, 2)),
        (r"odd\[any\]", ("odd[any]",)),
        (r"back\\.slash", ("back\\", "slash")),
        (".", ()),
    ],
)
def test_a_path_is_read_as_steps(path: str, steps: tuple[str | int, ...]) -> None:
    assert parse(path) == steps


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "a[any]", "a[x]", "[0]", "a\\", "a[0]b"])
def test_a_wrong_path_says_so(path: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|empty|backslash"):
        parse(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", [1, 2]),
        ("a[0].b", [1]),
        ("a[-1].b", []),
        ("a[1].b", [2]),
        ("a[9].b", []),
        ("plain", ["x"]),
        ("plain[0]", []),
        ("plain.more", []),
        ("listed", [["p", "q"]]),
        ("listed[1]", ["q"]),
        ("nested.c", [3]),
        ("missing", []),
        ("nothing", [None]),
    ],
)
def test_a_path_that_crosses_a_list_tries_every_element(path: str, found: list[Any]) -> None:
    entry = {
        "a": [{"b": 1}, {"b": 2}, {"c": 3}],
        "plain": "x",
        "listed": ["p", "q"],
        "nested": [[{"c": 3}]],
        "nothing": None,
    }
    assert find(entry, parse(path)) == found


def test_members_are_flat_and_in_order() -> None:
    assert members([1, [2, [3, []], 4], {"a": [5]}]) == [1, 2, 3, 4, {"a": [5]}]


def test_members_of_a_very_deep_list_need_no_deep_stack() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert members([deep]) == ["x"]


@pytest.mark.parametrize(("value", "found"), [([1, 2], [1, 2]), ("one", ["one"]), ([], []), (None, [])])
def test_the_elements_of_a_lone_value_are_itself(value: Any, found: list[Any]) -> None:
    assert elements({"a": value}, ("a",)) == found


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x", "x"), (True, "true"), (False, "false"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (None, None), ({}, None)],
)
def test_scalars_compare_as_text(value: Any, shown: str | None) -> None:
    assert text(value) == shown
