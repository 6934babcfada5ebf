"""A filter that is rendered and parsed again is the same tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.sinks import render
from collectors.metrics_analysis.sinks.tree import And, Compare, Expr, Not, Op, Or
from demo.platform.logging import lql

STEPS = st.lists(
    st.sampled_from(["a", "b_1", "@type", "compute.googleapis.com/name", 'quo"te', "with space"]),
    min_size=1,
    max_size=3,
)
VALUES = st.one_of(
    st.text(max_size=6).filter(lambda text: text.isprintable() or "\ud800" not in text),
    st.integers(-9, 9),
    st.booleans(),
)
COMPARES = st.builds(
    Compare,
    STEPS.map(lambda steps: ("jsonPayload", *steps)),
    st.sampled_from([Op.EQUAL, Op.HAS, Op.REGEX, Op.LESS, Op.MORE_EQUAL]),
    VALUES,
)
PRESENT = st.builds(Compare, STEPS.map(tuple), st.just(Op.PRESENT))
EXPRS: st.SearchStrategy[Expr] = st.recursive(
    COMPARES | PRESENT,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4, unique=True).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, min_size=2, max_size=4, unique=True).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=8,
)


def ast(expr: Any) -> lql.Ast:
    """Converts a tree to the parser's form."""
    if isinstance(expr, And | Or):
        return lql.join("and" if isinstance(expr, And) else "or", [ast(node) for node in expr.nodes])
    if isinstance(expr, Not):
        return ("not", ast(expr.node))
    present = expr.op is Op.PRESENT
    return ("compare", expr.steps, ":" if present else str(expr.op), None if present else expr.value)


@given(expr=EXPRS, depth=st.sampled_from([0, 60]))
def test_a_filter_reads_back_as_the_tree_that_it_was_printed_from(expr: Expr, depth: int) -> None:
    assert lql.parse(render.text(expr, depth)) == ast(expr)


@pytest.mark.parametrize("name", ["a\nOR logName:*", "a\u2028b", "x\r\ny", "--"])
def test_a_name_cannot_leave_its_comment(name: str) -> None:
    assert lql.parse(f"{render.comment(name)}\na:*") == lql.parse("a:*")


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("NOT a=1 OR b=2", lql.join("or", [("not", ("compare", ("a",), "=", 1)), ("compare", ("b",), "=", 2)])),
        ("a:* b:*", lql.parse("a:* AND b:*")),
        ("a:* OR b:* AND c:*", lql.parse("(a:* OR b:*) AND c:*")),
        ('a=("x" OR "y")', lql.parse('a="x" OR a="y"')),
        ("a:* -- NOT b:*", lql.parse("a:*")),
    ],
)
def test_the_reader_of_the_tests_reads_as_the_documentation_says(text: str, parsed: lql.Ast) -> None:
    assert lql.parse(text) == parsed


@pytest.mark.parametrize("text", ["", "a", "a=", "(a:*", "a:* OR", 'a="x', "a=b", "AND a:*"])
def test_the_reader_of_the_tests_rejects_invalid_filters(text: str) -> None:
    with pytest.raises(lql.FilterError):
        lql.parse(text)
