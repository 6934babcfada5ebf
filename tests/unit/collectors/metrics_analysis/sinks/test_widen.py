"""A filter never rejects an entry that its condition accepts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma import matcher
from collectors.metrics_analysis.sinks import render
from collectors.metrics_analysis.sinks.tree import TRUE
from collectors.metrics_analysis.sinks.widen import wide
from demo.platform.logging import lql
from tests.support.examples import several

WORDS = st.sampled_from(
    ["alpha", "Alpha", "alpha.beta", "beta", "a", "5", "05", "5.0", "true", "x-5-true", "", "a\nb", "\\d"]
)
TEXTS = ["textPayload", "protoPayload.methodName", "labels.k", r"labels.a\.b/c"]
LOOSE = ["jsonPayload.a", "jsonPayload.a.b", "jsonPayload.list", "jsonPayload.list.a", "jsonPayload.list[0].a"]
PATHS = st.sampled_from(
    [*TEXTS, *LOOSE, "severity", "operation.last", "protoPayload.status.code", "httpRequest.status", "timestamp"]
)
INNER = st.sampled_from(["a", "b", ".", "a.b"])
HOW = st.sampled_from(["is", "starts", "ends", "contains"])
NUMBERS = st.sampled_from([-1, 0, 1, 5, 5.5, 400])
TESTS = st.one_of(
    st.tuples(st.just("text"), HOW, st.lists(WORDS, min_size=1, max_size=2), st.booleans()),
    st.tuples(
        st.just("glob"), st.lists(st.sampled_from(["a", "5", "beta", 1, 2]), min_size=1, max_size=4), st.booleans()
    ),
    st.tuples(st.just("re"), st.sampled_from([r"^\d+$", "a|5", r"(?i)ALPHA\.", "tru", ".", "[a-b]$"])),
    st.tuples(st.just("number"), st.sampled_from(["eq", "gt", "gte", "lt", "lte"]), NUMBERS),
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("null")),
    st.tuples(st.just("cidr"), st.just("203.0.113.0/24")),
).map(list)


def nodes(paths: st.SearchStrategy[str], deeper: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generates compiled conditions with these paths."""
    leaf = st.one_of(
        st.tuples(st.just("field"), paths, st.lists(TESTS, min_size=1, max_size=2)),
        st.tuples(st.sampled_from(["exists", "missing"]), paths),
        st.tuples(st.just("same"), paths, PATHS, HOW),
        deeper,
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
            st.tuples(st.just("not"), inner),
        ),
        max_leaves=4,
    )


QUANTIFIERS = st.sampled_from(["any", "all", "all_or_empty", "none"])
BLOCKS = st.tuples(
    st.just("block"), QUANTIFIERS, st.sampled_from(["jsonPayload.list", "jsonPayload.a"]), nodes(INNER, st.nothing())
)
CONDITIONS = nodes(PATHS, BLOCKS).map(lambda node: json.loads(json.dumps(node)))

# A field of a payload has values of one type, and so have the items of a list.
SCALARS = st.one_of(
    *(st.lists(some, max_size=2) for some in (WORDS, st.sampled_from([5, 0, 400]), st.booleans(), st.just(5.0)))
)


@st.composite
def loose(draw: st.DrawFn) -> Any:
    """Generates values of a payload: a scalar, null, an object, a list of either."""
    some = draw(SCALARS)
    value = some[0] if some else None
    shape = draw(st.sampled_from(["scalar", "list", "object", "objects", "empty"]))
    objects = [{"a": one} for one in some]
    return {"scalar": value, "list": some, "object": {"b": value, "a": value}, "objects": objects, "empty": {}}[shape]


ENTRIES = st.fixed_dictionaries(
    {"logName": st.just("projects/p/logs/l"), "timestamp": st.just("2026-01-02T03:04:05Z")},
    optional={
        "textPayload": WORDS.filter(bool),
        "severity": st.sampled_from(["INFO", "ERROR"]),
        "operation": st.fixed_dictionaries({}, optional={"last": st.just(True)}),
        "labels": st.dictionaries(st.sampled_from(["k", "a.b/c"]), WORDS, max_size=2),
        "httpRequest": st.fixed_dictionaries({}, optional={"status": st.sampled_from([5, 200, 400])}),
        "jsonPayload": st.fixed_dictionaries({}, optional={"a": loose(), "list": loose()}),
        "protoPayload": st.fixed_dictionaries(
            {},
            optional={
                "methodName": WORDS.filter(bool),
                "status": st.fixed_dictionaries({}, optional={"code": st.sampled_from([1, 5])}),
            },
        ),
    },
)


@settings(several(100), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(node=CONDITIONS, entry=ENTRIES)
@example(node=["block", "none", "jsonPayload.a", ["exists", "."]], entry={"logName": "l", "jsonPayload": {"a": None}})
def test_the_filter_accepts_whatever_the_condition_accepts(node: Any, entry: dict[str, Any]) -> None:
    expr = wide(node)
    if matcher.build(node).holds(entry, entry):
        assert lql.accepts(lql.parse(render.text(expr)), entry), render.text(expr)


@settings(several(100), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(node=CONDITIONS, entry=ENTRIES)
@example(node=["field", "severity", [["text", "is", ["DEFAULT"], False]]], entry={"logName": "projects/p/logs/l"})
def test_the_tree_and_its_text_accept_the_same(node: Any, entry: dict[str, Any]) -> None:
    expr = wide(node)
    assert expr.holds(entry) == lql.accepts(lql.parse(render.text(expr)), entry), render.text(expr)


def test_a_position_in_a_list_is_any_position() -> None:
    assert shown({"selection": {"jsonPayload.list[0].a": "x"}}) == 'jsonPayload.list.a="x"'


def shown(definitions: dict[str, Any], text: str = "selection") -> str:
    """The text of the log filter for a condition of a rule."""
    return render.text(wide(compiled(definitions, text)))


def compiled(definitions: dict[str, Any], text: str) -> Any:
    from collectors.metrics_analysis.compiler.detection import Detection
    from collectors.metrics_analysis.compiler.rule_errors import Problems
    from shared.strict_yaml import Document

    problems = Problems(Document(definitions, "test.yml", {(): 1}))
    return Detection(definitions, {name: (name,) for name in definitions}, problems, arrays=True).tree(
        text, "condition"
    )


def test_a_suffix_becomes_a_regular_expression_without_backslashes() -> None:
    assert shown({"selection": {"protoPayload.methodName|endswith": [".insert", ".delete"]}}) == (
        'protoPayload.methodName=~"(?i)[.](insert|delete)$"'
    )


def test_alternatives_for_a_field_are_one_comparison() -> None:
    assert shown({"selection": {"resource.type": ["a", "b"]}}) == 'resource.type=("a" OR "b")'


def test_an_element_wise_block_asks_for_each_condition_anywhere_in_the_list() -> None:
    block = {"jsonPayload.deltas[any]": {"action": "ADD", "member": "allUsers"}}
    assert shown({"selection": block}) == 'jsonPayload.deltas.action="ADD" AND jsonPayload.deltas.member="allUsers"'


def test_the_opposite_of_an_element_wise_block_asks_for_nothing() -> None:
    block = {"jsonPayload.deltas[any]": {"action": "ADD", "member": "allUsers"}}
    assert wide(compiled({"selection": block}, "not selection")) == TRUE


def test_keys_with_dots_and_signs_are_quoted() -> None:
    key = r"labels.compute\.googleapis\.com/resource_name"
    assert shown({"selection": {key: "vm"}}) == 'labels."compute.googleapis.com/resource_name"="vm"'


def test_what_one_alternative_asks_for_is_not_excluded_in_another() -> None:
    definitions = {"failed": {"protoPayload.status.code|gte": 1}, "ended": {"operation.last": True}}
    assert (
        shown(definitions, "failed or (ended and not failed)") == "protoPayload.status.code>=1 OR operation.last=true"
    )


def test_a_field_next_to_another_one_says_only_that_both_are_there() -> None:
    assert shown({"selection": {"jsonPayload.a|fieldref": "jsonPayload.b"}}) == "jsonPayload.a:* AND jsonPayload.b:*"


def test_a_number_in_a_payload_may_be_written_as_text() -> None:
    assert (
        shown({"selection": {"jsonPayload.count|gt": 5}}) == 'jsonPayload.count>5 OR jsonPayload.count=~"^[-+]?[0-9]"'
    )
