"""The compiled matcher agrees with a naive evaluator of the same rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rules import condition

KEYS = st.sampled_from(["a", "b", "c"])
TEXTS = st.text("abAB.*", max_size=4)
SCALARS = st.one_of(TEXTS, st.integers(-3, 12), st.sampled_from(["1", "7", "12", "true"]), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
PAYLOADS = st.dictionaries(KEYS, VALUES, max_size=3)
PATHS = st.lists(KEYS, min_size=1, max_size=2).map(".".join)
PLAIN = st.text("abAB", max_size=2)
WANTED = st.one_of(PLAIN, st.integers(-3, 12), st.booleans())
ITEMS = st.one_of(
    st.tuples(PATHS, WANTED),
    st.tuples(PATHS, st.lists(PLAIN, min_size=1, max_size=2)),
    st.tuples(PATHS, st.text("ab*?", min_size=1, max_size=4)),
    st.tuples(PATHS.map("{}|contains".format), st.text("abAB", min_size=1, max_size=2)),
    st.tuples(PATHS.map("{}|startswith".format), st.text("abAB", min_size=1, max_size=2)),
    st.tuples(PATHS.map("{}|gte".format), st.integers(-3, 12)),
    st.tuples(PATHS.map("{}|exists".format), st.booleans()),
    st.tuples(PATHS, st.none()),
)
MAPS = st.lists(ITEMS, min_size=1, max_size=2).map(dict)
QUANTIFIERS = st.sampled_from(["any", "all", "all_or_empty", "none"])
BLOCKS = st.builds(lambda path, how, inner: {f"{path}[{how}]": inner}, PATHS, QUANTIFIERS, MAPS)
NESTED = st.builds(lambda path, how, inner: {f"{path}[{how}]": inner}, PATHS, QUANTIFIERS, BLOCKS | MAPS)
CONDITIONS = st.recursive(
    st.sampled_from(["x", "y"]),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) or ({pair[1]})"),
    ),
    max_leaves=4,
)


def leaves(value: Any, keys: list[str]) -> list[Any]:
    """The values at a path; each list on the way is replaced by its items."""
    if isinstance(value, list):
        return [leaf for member in value for leaf in leaves(member, keys)]
    if not keys:
        return [value]
    return leaves(value[keys[0]], keys[1:]) if isinstance(value, dict) and keys[0] in value else []


def reached(value: Any, keys: list[str]) -> bool:
    """Whether the path exists, even if it leads to an empty list."""
    if not keys:
        return True
    if isinstance(value, list):
        return any(reached(member, keys) for member in value)
    return isinstance(value, dict) and keys[0] in value and reached(value[keys[0]], keys[1:])


def arrays(value: Any, keys: list[str]) -> list[Any]:
    """The elements of the arrays at a path, to which a block of a rule applies."""
    if keys and isinstance(value, list):
        return [element for member in value for element in arrays(member, keys)]
    if keys:
        return arrays(value[keys[0]], keys[1:]) if isinstance(value, dict) and keys[0] in value else []
    return value if isinstance(value, list) else [] if value is None else [value]


def wild(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(wild(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and wild(pattern[1:], text[1:])


def numeric(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def equal(leaf: Any, wanted: Any, how: str) -> bool:
    if how == "gte":
        found = numeric(leaf)
        return found is not None and found >= wanted
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return numeric(leaf) == wanted
    if leaf is None or isinstance(leaf, dict):
        return False
    text = str(leaf).casefold()
    pattern = str(wanted).casefold()
    return wild({"contains": f"*{pattern}*", "startswith": f"{pattern}*"}.get(how, pattern), text)


def item_holds(key: str, wanted: Any, value: Any) -> bool:
    path, _, how = key.partition("|")
    if path.endswith("]"):
        array, _, quantifier = path[:-1].partition("[")
        elements = arrays(value, array.split("."))
        hits = [map_holds(wanted, element) for element in elements]
        verdicts = {
            "any": any(hits),
            "all": bool(hits) and all(hits),
            "all_or_empty": all(hits),
            "none": not any(hits),
        }
        return verdicts[quantifier]
    keys = path.split(".")
    found = leaves(value, keys)
    if how == "exists":
        return reached(value, keys) is wanted
    if wanted is None:
        return not found or None in found
    listed = wanted if isinstance(wanted, list) else [wanted]
    return any(equal(leaf, one, how) for leaf in found for one in listed)


def map_holds(definition: dict[str, Any], value: Any) -> bool:
    return all(item_holds(key, wanted, value) for key, wanted in definition.items())


def prefixed(definition: dict[str, Any]) -> dict[str, Any]:
    return {f"jsonPayload.{key}": wanted for key, wanted in definition.items()}


@pytest.mark.slow
@given(x=MAPS | BLOCKS | NESTED, y=MAPS | BLOCKS, text=CONDITIONS, payload=PAYLOADS)
def test_the_matcher_agrees_with_a_naive_reading(
    x: dict[str, Any], y: dict[str, Any], text: str, payload: dict[str, Any]
) -> None:
    entry = {"jsonPayload": payload}
    node = condition({"x": prefixed(x), "y": prefixed(y)}, text)
    # Python's and, or, not and parentheses mean the same as Sigma's.
    expected = eval(text, {"x": map_holds(x, payload), "y": map_holds(y, payload)})  # noqa: S307
    assert node.holds(entry, entry) is expected


@given(x=BLOCKS | NESTED, payload=PAYLOADS)
def test_bound_elements_are_those_that_satisfy_the_block(x: dict[str, Any], payload: dict[str, Any]) -> None:
    from collectors.metrics_analysis.sigma import matcher

    entry = {"jsonPayload": payload}
    node = condition({"x": prefixed(x)}, "x")
    if node.holds(entry, entry):
        ((key, inner),) = x.items()
        array = key.partition("[")[0].split(".")
        satisfying = [element for element in arrays(payload, array) if map_holds(inner, element)]
        bound = matcher.match_evidence(node, entry).elements.get(("jsonPayload", *array), [])
        assert all(any(element is one for one in satisfying) for element in bound)
        assert bool(bound) is bool(satisfying)
