"""Converts pySigma's values to the tests of values.py and the nodes of matcher.py."""

from __future__ import annotations

from typing import Any

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
    SpecialChars,
)
from sigma.types import Placeholder as SigmaPlaceholder

from collectors.metrics_analysis.sigma.values import AGENT
from shared.errors import InvalidValueError
from shared.identity.service_agents import MONITORED, OTHER
from shared.texts import compiler as messages

_OPERATORS = {
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
}
# The lists that a placeholder (modifier `expand`) stands for. An installation knows them, a rule does not.
PLACEHOLDERS = {"%agents_of_monitored_projects%": MONITORED, "%agents_of_other_projects%": OTHER}
_WILDCARDS = {SpecialChars.WILDCARD_SINGLE: 1, SpecialChars.WILDCARD_MULTI: 2}


def node(path: str, value: SigmaType) -> list[Any]:
    """The node for a field and one value. Raises ValueError for a kind of value that the engine cannot evaluate."""
    if isinstance(value, SigmaNull):
        return ["missing", path]
    if isinstance(value, SigmaExists):
        exists: list[Any] = ["exists", path]
        return exists if value.exists else ["not", exists]
    if isinstance(value, SigmaFieldReference):
        return ["same", path, value.field, _how(starts=value.starts_with, ends=value.ends_with)]
    return ["field", path, [_test(value)]]


def _test(value: SigmaType) -> list[Any]:
    if isinstance(value, SigmaString):
        return _placeholder(value) or text_test(value)
    if isinstance(value, SigmaRegularExpression):
        return ["re", regex(value)]
    if isinstance(value, SigmaCIDRExpression):
        return ["cidr", str(value.network)]
    if isinstance(value, SigmaCompareExpression) and value.op in _OPERATORS:
        return ["number", _OPERATORS[value.op], value.number.number]
    if isinstance(value, SigmaBool):
        return ["bool", value.boolean]
    if type(value) is SigmaNumber:
        return ["number", "eq", value.number]
    raise InvalidValueError(messages.KIND_NOT_EVALUATED(kind=type(value).__name__))


def _placeholder(value: SigmaString) -> list[Any] | None:
    """The test for a known placeholder, which must be the whole value; None for a text without one."""
    named = PLACEHOLDERS.get(f"%{value.s[0].name}%") if value.s and isinstance(value.s[0], SigmaPlaceholder) else None
    return [AGENT, named] if named and len(value.s) == 1 else None


def text_test(value: SigmaString) -> list[Any]:
    """The cheapest test for a text with or without wildcards."""
    cased = isinstance(value, SigmaCasedString)
    parts = [_part(part) for part in value.s]
    texts = [part for part in parts if isinstance(part, str)]
    shape = [part if isinstance(part, int) else 0 for part in parts]
    simple = {(): "is", (0,): "is", (0, 2): "starts", (2, 0): "ends", (2, 0, 2): "contains"}.get(tuple(shape))
    if simple:
        return ["text", simple, ["".join(texts)], cased]
    return ["glob", parts, cased]


def _part(part: Any) -> str | int:
    if isinstance(part, str):
        return part
    if part in _WILDCARDS:
        return _WILDCARDS[part]
    raise InvalidValueError(messages.PLACEHOLDERS(names=", ".join(PLACEHOLDERS)))


def regex(value: SigmaRegularExpression) -> str:
    """The RE2 syntax of a regular expression, with its flags at the beginning."""
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    return f"(?{flags}){value.regexp}" if flags else str(value.regexp)


def _how(*, starts: bool, ends: bool) -> str:
    return {(True, True): "contains", (True, False): "starts", (False, True): "ends"}.get((starts, ends), "is")
