"""Evaluates the condition of a binding at a time, if its expression depends only on time.

Conditions are written in a subset of CEL: docs.cloud.google.com/iam/docs/conditions-attribute-reference and the grammar
in github.com/google/cel-spec. Comparisons of request.time with a timestamp are evaluated; everything else (resource
names, tags, access levels, hours of the day) is unknown here. The logic is three-valued: false && unknown is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from db.schema_db.selection import Period, joined
from insights.access.model import Ternary
from shared.lazy.pattern import lazy_pattern

DEEPEST = 50  # nested parentheses; real conditions have fewer
_TOKEN = lazy_pattern(
    r"""\s*(?:(?P<text>[rR]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))|(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/%<>!?:(),.\[\]{}])
    |(?P<word>\w+))""",
    re.VERBOSE,
)
_TIME = r"request\s*\.\s*time"
_STAMP = r"timestamp\s*\(\s*(?:\"(?P<{0}>[^\"\\]+)\"|'(?P<{0}s>[^'\\]+)')\s*\)"
_SIGN = r"\s*(?P<{}><=|>=|==|!=|<|>)\s*"
_BEFORE = lazy_pattern(_TIME + _SIGN.format("sign") + _STAMP.format("stamp"))
_AFTER = lazy_pattern(_STAMP.format("stamp") + _SIGN.format("sign") + _TIME)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
Token = tuple[str, int, int]


def evaluate(condition: dict[str, Any] | None, at: datetime) -> Ternary:
    """Whether a condition (expression, title, description; None for no condition) is met at a time."""
    expression = str((condition or {}).get("expression") or "").strip()
    return _evaluate(expression, at) if expression else Ternary.YES


def expired_at(condition: dict[str, Any] | None, at: datetime) -> datetime | None:
    """The time at which a condition stopped being met; None if it is met at `at`, or never was before."""
    if evaluate(condition, at) is not Ternary.NO:
        return None
    expression = str((condition or {}).get("expression") or "")
    for time in sorted({time for time in _timestamps(expression) if time <= at}, reverse=True):
        if _evaluate(expression, time - timedelta(microseconds=1)) is not Ternary.NO:
            return time
    return None


def possible_periods(condition: dict[str, Any] | None, window: Period) -> list[Period]:
    """The periods of a window, in order, in which a condition is met or may be met."""
    expression = str((condition or {}).get("expression") or "")
    return list(_possible_periods(expression, window)) if expression else [window]


@lru_cache(maxsize=5_000)
def _possible_periods(expression: str, window: Period) -> tuple[Period, ...]:
    start, end = window
    edges = [start, *sorted({time for time in _timestamps(expression) if start < time < end}), end]
    # Between two timestamps of an expression, its value does not change.
    between = [(one, other) for one, other in pairwise(edges) if _is_possible(expression, one, other)]
    return tuple(joined([*between, *((time, time) for time in edges if _is_possible(expression, time, time))]))


def _is_possible(expression: str, start: datetime, end: datetime) -> bool:
    return evaluate({"expression": expression}, start + (end - start) / 2) is not Ternary.NO


def _timestamps(expression: str) -> list[datetime]:
    """The timestamps in an expression."""
    texts = [match["stamp"] or match["stamps"] for match in re.finditer(_STAMP.format("stamp"), expression)]
    return [time for text in texts if (time := _time(text))]


@lru_cache(maxsize=20_000)
def _evaluate(expression: str, at: datetime) -> Ternary:
    tokens = _tokens(expression)
    if tokens is None or "?" in {sign for sign, _, _ in tokens}:
        return Ternary.UNKNOWN
    try:
        return _Parser(expression, tokens, at).value()
    except _UnreadableError:
        return Ternary.UNKNOWN


def _tokens(expression: str) -> list[Token] | None:
    """The tokens with their start and end; None if the expression is invalid. A string becomes the token "text"."""
    tokens: list[Token] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        kind = match.lastgroup or ""
        tokens.append(("text" if kind == "text" else match[kind], match.start(kind), match.end()))
        position = match.end()
    return tokens


class _UnreadableError(Exception):
    """The parser does not support the expression."""


class _Parser:
    """Parses ||, &&, ! and parentheses; the text between them is a statement."""

    def __init__(self, expression: str, tokens: list[Token], at: datetime) -> None:
        self._expression = expression
        self._tokens = tokens
        self._at = at
        self._position = 0
        self._depth = 0

    def value(self) -> Ternary:
        """The value of the whole expression."""
        value = self._or()
        if self._position < len(self._tokens):
            raise _UnreadableError
        return value

    def _or(self) -> Ternary:
        value = self._and()
        while self._accept("||"):
            value = max(value, self._and())
        return value

    def _and(self) -> Ternary:
        value = self._operand()
        while self._accept("&&"):
            value = min(value, self._operand())
        return value

    def _operand(self) -> Ternary:
        if self._accept("!"):
            return Ternary(Ternary.YES - self._operand())
        if self._next() != "(" or not self._is_group():
            return self._statement()
        self._position += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise _UnreadableError
        value = self._or()
        if not self._accept(")"):
            raise _UnreadableError
        self._depth -= 1
        return value

    def _is_group(self) -> bool:
        """Whether the parenthesis here groups operands of || and &&, and is not the argument list of a call."""
        depth = 0
        for index in range(self._position, len(self._tokens)):
            depth += {"(": 1, ")": -1}.get(self._tokens[index][0], 0)
            if depth == 0:
                return index + 1 == len(self._tokens) or self._tokens[index + 1][0] in ("&&", "||", ")")
        raise _UnreadableError

    def _statement(self) -> Ternary:
        begin = self._position
        depth = 0
        while self._position < len(self._tokens):
            token = self._tokens[self._position][0]
            if depth == 0 and token in ("&&", "||", ")"):
                break
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token, 0)
            self._position += 1
        if begin == self._position:
            raise _UnreadableError
        return _statement(self._expression[self._tokens[begin][1] : self._tokens[self._position - 1][2]], self._at)

    def _next(self) -> str:
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    def _accept(self, token: str) -> bool:
        if self._next() != token:
            return False
        self._position += 1
        return True


def _statement(text: str, at: datetime) -> Ternary:
    if text in ("true", "false"):
        return Ternary.YES if text == "true" else Ternary.NO
    before, after = _BEFORE.fullmatch(text), _AFTER.fullmatch(text)
    match = before or after
    time = _time(match["stamp"] or match["stamps"]) if match else None
    if match is None or time is None:
        return Ternary.UNKNOWN
    sign = match["sign"] if before else _MIRRORED[match["sign"]]
    return Ternary.YES if _COMPARE[sign](at, time) else Ternary.NO


def _time(text: str) -> datetime | None:
    """The time of an RFC 3339 text; None if it is invalid."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None
