"""Whether the condition of a binding holds at a time, as far as its expression is about time.

Conditions are written in a part of CEL: docs.cloud.google.com/iam/docs/conditions-attribute-reference and the grammar in
github.com/google/cel-spec. Comparisons of request.time with a timestamp are evaluated; everything else (resource names,
tags, access levels, hours of the day) is not known here, and the logic goes on with "perhaps": false && perhaps is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any

DEEPEST = 50  # parentheses in parentheses; nobody writes more by hand
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>[rR]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))|(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/%<>!?:(),.\[\]{}])
    |(?P<word>\w+))""",
    re.VERBOSE,
)
_TIME = r"request\s*\.\s*time"
_STAMP = r"timestamp\s*\(\s*(?:\"(?P<{0}>[^\"\\]+)\"|'(?P<{0}s>[^'\\]+)')\s*\)"
_SIGN = r"\s*(?P<{}><=|>=|==|!=|<|>)\s*"
_BEFORE = re.compile(_TIME + _SIGN.format("sign") + _STAMP.format("stamp"))
_AFTER = re.compile(_STAMP.format("stamp") + _SIGN.format("sign") + _TIME)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
Token = tuple[str, int, int]


class Ternary(IntEnum):
    """Three values in the order of their logic: `and` is the smallest, `or` the greatest."""

    NO = 0
    PERHAPS = 1
    YES = 2


def holds(condition: dict[str, Any] | None, at: datetime) -> Ternary:
    """Whether a binding with this condition (expression, title, description; None for none) counts at a time."""
    expression = str((condition or {}).get("expression") or "").strip()
    return _evaluate(expression, at) if expression else Ternary.YES


def over_since(condition: dict[str, Any] | None, at: datetime) -> datetime | None:
    """When a condition that does not hold at a time came to an end; None if it holds, or never did before."""
    if holds(condition, at) is not Ternary.NO:
        return None
    expression = str((condition or {}).get("expression") or "")
    for time in sorted({time for time in stamps(expression) if time <= at}, reverse=True):
        if _evaluate(expression, time - timedelta(microseconds=1)) is not Ternary.NO:
            return time
    return None


def stamps(expression: str) -> list[datetime]:
    """The times that an expression names: between two of them its value is the same all the time."""
    texts = [found["stamp"] or found["stamps"] for found in re.finditer(_STAMP.format("stamp"), expression)]
    return [time for text in texts if (time := _time(text))]


@lru_cache(maxsize=20_000)
def _evaluate(expression: str, at: datetime) -> Ternary:
    tokens = _tokens(expression)
    if tokens is None or "?" in {sign for sign, _, _ in tokens}:
        return Ternary.PERHAPS
    try:
        return _Reader(expression, tokens, at).whole()
    except _UnreadableError:
        return Ternary.PERHAPS


def _tokens(expression: str) -> list[Token] | None:
    """The tokens with where they begin and end; None when it is not CEL. A text is the token "text"."""
    found: list[Token] = []
    place = 0
    text = expression.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        kind = match.lastgroup or ""
        found.append(("text" if kind == "text" else match[kind], match.start(kind), match.end()))
        place = match.end()
    return found


class _UnreadableError(Exception):
    """The expression is not what the reader understands."""


class _Reader:
    """Reads ||, &&, ! and parentheses; what is between them is a statement."""

    def __init__(self, expression: str, tokens: list[Token], at: datetime) -> None:
        self._expression = expression
        self._tokens = tokens
        self._at = at
        self._place = 0
        self._depth = 0

    def whole(self) -> Ternary:
        """The value of the whole expression."""
        found = self._either()
        if self._place < len(self._tokens):
            raise _UnreadableError
        return found

    def _either(self) -> Ternary:
        found = self._both()
        while self._took("||"):
            found = max(found, self._both())
        return found

    def _both(self) -> Ternary:
        found = self._one()
        while self._took("&&"):
            found = min(found, self._one())
        return found

    def _one(self) -> Ternary:
        if self._took("!"):
            return Ternary(Ternary.YES - self._one())
        if self._next() != "(" or not self._is_group():
            return self._statement()
        self._place += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise _UnreadableError
        found = self._either()
        if not self._took(")"):
            raise _UnreadableError
        self._depth -= 1
        return found

    def _is_group(self) -> bool:
        """Whether the parenthesis here stands by itself: it is no operand of something else."""
        depth = 0
        for place in range(self._place, len(self._tokens)):
            depth += {"(": 1, ")": -1}.get(self._tokens[place][0], 0)
            if depth == 0:
                return place + 1 == len(self._tokens) or self._tokens[place + 1][0] in ("&&", "||", ")")
        raise _UnreadableError

    def _statement(self) -> Ternary:
        begin = self._place
        depth = 0
        while self._place < len(self._tokens):
            token = self._tokens[self._place][0]
            if depth == 0 and token in ("&&", "||", ")"):
                break
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token, 0)
            self._place += 1
        if begin == self._place:
            raise _UnreadableError
        return _statement(self._expression[self._tokens[begin][1] : self._tokens[self._place - 1][2]], self._at)

    def _next(self) -> str:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else ""

    def _took(self, token: str) -> bool:
        if self._next() != token:
            return False
        self._place += 1
        return True


def _statement(text: str, at: datetime) -> Ternary:
    if text in ("true", "false"):
        return Ternary.YES if text == "true" else Ternary.NO
    before, after = _BEFORE.fullmatch(text), _AFTER.fullmatch(text)
    found = before or after
    time = _time(found["stamp"] or found["stamps"]) if found else None
    if found is None or time is None:
        return Ternary.PERHAPS
    sign = found["sign"] if before else _MIRRORED[found["sign"]]
    return Ternary.YES if _COMPARE[sign](at, time) else Ternary.NO


def _time(text: str) -> datetime | None:
    """The time of an RFC 3339 text."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None
