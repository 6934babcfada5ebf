from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.split_entries import merge, part_of

VALUES = st.recursive(
    st.text("abc", min_size=1),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4) | st.dictionaries(st.text("xyz", min_size=1), inner, min_size=1)
    ),
    max_leaves=10,
)


def cut(value: Any, chance: random.Random) -> tuple[Any, Any]:
    """Splits a value in two as Cloud Logging does: a list keeps its positions with empty elements."""
    if isinstance(value, str):
        at = chance.randint(0, len(value))
        return value[:at], value[at:]
    if isinstance(value, list):
        at = chance.randrange(len(value))
        first, second = cut(value[at], chance)
        return [*value[:at], first], [*(type(one)() for one in value[:at]), second, *value[at + 1 :]]
    keys = list(value)
    at = chance.randrange(len(keys))
    first, second = cut(value[keys[at]], chance)
    before = {key: value[key] for key in keys[:at]}
    return {**before, keys[at]: first}, {keys[at]: second, **{key: value[key] for key in keys[at + 1 :]}}


def entry(payload: dict[str, Any], index: int) -> dict[str, Any]:
    split = {"uid": "u", "index": index, "totalSplits": 2}
    return {"insertId": f"id-{index}", "split": split, "protoPayload": {"methodName": "m", **payload}}


@given(request=VALUES, seed=st.randoms())
def test_parts_join_to_the_entry_that_was_split(request: Any, seed: random.Random) -> None:
    first, second = cut(request, seed)
    merged = merge([entry({"request": first}, 0), entry({"request": second}, 1)])
    assert merged["protoPayload"] == {"methodName": "m", "request": request}


def test_the_example_of_the_documentation() -> None:
    parts = [entry({"metadata": {"l": ["foo", "ba"]}}, 0), entry({"metadata": {"l": ["", "r", "baz"]}}, 1)]
    assert merge(parts)["protoPayload"]["metadata"] == {"l": ["foo", "bar", "baz"]}


def test_everything_else_is_the_same_in_all_parts_and_stays() -> None:
    parts = [entry({"response": {"a": True}}, 0), entry({"response": {"b": 5}}, 1)]
    merged = merge(parts)
    assert merged["split"]["uid"] == "u"
    assert merged["protoPayload"] == {"methodName": "m", "response": {"a": True, "b": 5}}


def test_one_part_alone_is_itself() -> None:
    alone = entry({"request": {"a": "b"}}, 0)
    assert merge([alone]) == alone


def test_a_part_of_an_entry_of_another_log_is_a_part_of_another_entry() -> None:
    first, second = ({**entry({}, 0), "logName": f"projects/{name}/logs/x"} for name in ("p", "q"))
    assert part_of(first)[0] != part_of(second)[0]
    assert part_of(first) == part_of({**first, "insertId": "again"})
