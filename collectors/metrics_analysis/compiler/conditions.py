"""Converts pySigma's condition tree to the nodes of matcher.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import SigmaNumber, SigmaRegularExpression, SigmaString, SigmaType, SpecialChars

from collectors.metrics_analysis.compiler import leaves
from shared.errors import InvalidValueError
from shared.texts import compiler as texts

# The field in which a value without a field is searched.
TEXTS = ("textPayload", "jsonPayload.message")


def convert(tree: Any, blocks: Mapping[str, list[Any]]) -> list[Any]:
    """The node for a parsed condition; `blocks` are the nodes of element-wise blocks by their placeholder field.

    Raises ValueError for conditions that pySigma parses and the engine does not evaluate.
    """
    if isinstance(tree, ConditionAND | ConditionOR):
        nodes = [convert(arg, blocks) for arg in tree.args]
        return ["and", _flat("and", nodes)] if isinstance(tree, ConditionAND) else _either(_flat("or", nodes))
    if isinstance(tree, ConditionNOT):
        return ["not", convert(tree.args[0], blocks)]
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return blocks.get(tree.field) or leaves.node(tree.field, tree.value)
    if isinstance(tree, ConditionValueExpression):
        return ["or", [["field", path, [_keyword(tree.value)]] for path in TEXTS]]
    raise InvalidValueError(texts.KIND_NOT_EVALUATED(kind=type(tree).__name__))


def _flat(kind: str, nodes: list[list[Any]]) -> list[list[Any]]:
    """`nodes`, with nodes of the same kind replaced by their parts."""
    return [part for node in nodes for part in (node[1] if node[0] == kind else [node])]


def _keyword(value: SigmaType) -> list[Any]:
    """The node for a value without a field, which may be anywhere in the text."""
    if isinstance(value, SigmaRegularExpression):
        return ["re", leaves.regex(value)]
    text = SigmaString(str(value)) if isinstance(value, SigmaNumber) else value
    if not isinstance(text, SigmaString) or not text.s:
        raise InvalidValueError(texts.KEYWORDS)
    if not text.startswith(SpecialChars.WILDCARD_MULTI):
        text = SpecialChars.WILDCARD_MULTI + text
    return leaves.text_test(text if text.endswith(SpecialChars.WILDCARD_MULTI) else text + SpecialChars.WILDCARD_MULTI)


def _either(nodes: list[list[Any]]) -> list[Any]:
    """Joins alternatives on the same field, so that its value is looked up once."""
    joined: list[list[Any]] = []
    by_path: dict[str, list[Any]] = {}
    for node in nodes:
        if node[0] == "field" and node[1] in by_path:
            by_path[node[1]][2].extend(node[2])
            continue
        joined.append(node)
        if node[0] == "field":
            by_path[node[1]] = node
    for node in by_path.values():
        node[2] = _merged_texts(node[2])
    return joined[0] if len(joined) == 1 else ["or", joined]


def _merged_texts(alternatives: list[list[Any]]) -> list[list[Any]]:
    """One test for all texts that are compared in the same way."""
    by_comparison: dict[tuple[str, bool], list[Any]] = {}
    others: list[list[Any]] = []
    for test in alternatives:
        if test[0] != "text":
            others.append(test)
        else:
            _, how, texts, cased = test
            by_comparison.setdefault((how, cased), ["text", how, [], cased])[2].extend(texts)
    return [*by_comparison.values(), *others]
