"""A small parser and evaluator of the Logging query language, written from its documentation.

https://docs.cloud.google.com/logging/docs/view/logging-query-language. It supports the parts that sink filters use:
AND, OR, NOT, parentheses, comments, and the operators `=`, `:`, `=~`, `<`, `<=`, `>`, `>=` and `:*`.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2  # type: ignore[import-untyped]

_SEGMENT = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*")'
_TOKEN = re.compile(
    rf"(?P<space>\s+|--[^\n]*)|(?P<word>AND|OR|NOT)\b|(?P<bracket>[()])"
    rf"|(?P<compare>{_SEGMENT}(?:\.{_SEGMENT})*(?:=~|<=|>=|[=:<>]))"
    r'|(?P<star>\*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?P<truth>true|false)\b',
)
_COMPARE = re.compile(rf"({_SEGMENT}(?:\.{_SEGMENT})*)(=~|<=|>=|[=:<>])")

# Fields of LogEntry and AuditLog that are not strings, and the defaults that LogEntry defines.
NUMBERS = {"httpRequest.status", "httpRequest.responseSize", "split.index", "protoPayload.status.code"}
BOOLEANS = {"operation.first", "operation.last", "traceSampled"}
DEFAULTS = {"httpRequest.status": 0, "httpRequest.responseSize": 0, "split.index": 0, "severity": "DEFAULT"}
DEFAULTS |= dict.fromkeys(BOOLEANS, False)
DEFAULTS |= dict.fromkeys(["textPayload", "insertId", "trace", "operation.id", "operation.producer"], "")
SEVERITIES = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"]

Ast = tuple[Any, ...]


class FilterError(ValueError):
    """The text is not a valid filter."""


@dataclass
class _Tokens:
    items: list[tuple[str, str]]
    at: int = 0

    def peek(self) -> tuple[str, str]:
        return self.items[self.at] if self.at < len(self.items) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        found = self.peek()[1] == text and self.peek()[0] in ("word", "bracket")
        self.at += found
        return found


def parse(text: str) -> Ast:
    """("and", {…}), ("or", {…}), ("not", x) or ("compare", path, operator, value), flat.

    Raises FilterError for an unknown form.
    """
    tokens = _Tokens(list(_tokens(text)))
    found = _and(tokens)
    if tokens.peek()[0] != "end":
        raise FilterError(f"unexpected {tokens.peek()[1]!r}")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FilterError(f"unexpected {text[at : at + 30]!r}")
        if match.lastgroup != "space":
            found.append((str(match.lastgroup), match[0]))
        at = match.end()
    return found


def _and(tokens: _Tokens) -> Ast:
    parts = [_or(tokens)]
    while tokens.skip("AND") or tokens.peek()[1] not in ("", ")"):
        parts.append(_or(tokens))
    return join("and", parts)


def _or(tokens: _Tokens) -> Ast:
    parts = [_not(tokens)]
    while tokens.skip("OR"):
        parts.append(_not(tokens))
    return join("or", parts)


def _not(tokens: _Tokens) -> Ast:
    if tokens.skip("NOT"):
        return ("not", _not(tokens))
    if tokens.skip("("):
        found = _and(tokens)
        if not tokens.skip(")"):
            raise FilterError("a parenthesis is not closed")
        return found
    kind, text = tokens.take()
    match = _COMPARE.fullmatch(text)
    if kind != "compare" or match is None:
        raise FilterError(f"unexpected {text!r}")
    path = tuple(unquoted(part) for part in re.findall(_SEGMENT, match[1]))
    values = _values(tokens)
    return join("or", [("compare", path, match[2], value) for value in values])


def _values(tokens: _Tokens) -> list[Any]:
    if not tokens.skip("("):
        return [_value(tokens)]
    values = [_value(tokens)]
    while tokens.skip("OR"):
        values.append(_value(tokens))
    if not tokens.skip(")"):
        raise FilterError("a list of values is not closed")
    return values


def _value(tokens: _Tokens) -> Any:
    kind, text = tokens.take()
    if kind == "text":
        return unquoted(text)
    if kind == "star":
        return None
    if kind in ("number", "truth"):
        return json.loads(text)
    raise FilterError(f"{text!r} is no value")


def unquoted(text: str) -> str:
    """A name, or the text inside quotes without its escapes."""
    return str(json.loads(text, strict=True)) if text.startswith('"') else text


def join(word: str, parts: list[Ast]) -> Ast:
    """One node, with nodes of the same kind merged into it."""
    flat = {inner for part in parts for inner in (part[1] if part[0] == word else (part,))}
    return next(iter(flat)) if len(flat) == 1 else (word, frozenset(flat))


def accepts(ast: Ast, entry: dict[str, Any]) -> bool:
    """Whether a sink with this filter exports the entry."""
    kind, *rest = ast
    if kind == "and":
        return all(accepts(part, entry) for part in _cheapest_first(rest[0]))
    if kind == "or":
        return any(accepts(part, entry) for part in _cheapest_first(rest[0]))
    return not accepts(rest[0], entry) if kind == "not" else _compare(entry, *rest)


@cache
def _cheapest_first(parts: frozenset[Ast]) -> list[Ast]:
    return sorted(parts, key=lambda part: (part[0] != "compare", "=~" in part))


def _compare(entry: dict[str, Any], path: tuple[str, ...], sign: str, value: Any) -> bool:
    found = list(_at(entry, path))
    if value is None:
        return bool(found)
    name = ".".join(path)
    if not found and name in DEFAULTS:
        found = [DEFAULTS[name]]
    return any(_holds(name, member, sign, value) for member in _scalars(found))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from _at(member, path)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _scalars(found: list[Any]) -> Any:
    for value in found:
        if isinstance(value, list):
            yield from _scalars(value)
        elif not isinstance(value, dict):
            yield value


def _holds(name: str, member: Any, sign: str, value: Any) -> bool:
    """Whether a comparison is true. The value is converted to the field's type; if that is impossible, it is false."""
    if sign in ("=~", ":") or isinstance(member, str):
        if name in NUMBERS and sign not in ("=~", ":"):
            return _numbers(float(member), sign, value)
        return isinstance(member, str) and _TEXTS[sign](member, _shown(value))
    if isinstance(member, bool):
        return sign == "=" and _shown(value).lower() == _shown(member)
    return _numbers(member, sign, value) if member is not None else False


def _numbers(member: float, sign: str, value: Any) -> bool:
    try:
        return not isinstance(value, bool) and bool(_ORDERS[sign](member, float(value)))
    except ValueError:
        return False


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@cache
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern)


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    **_ORDERS,
    "=": lambda member, value: member.casefold() == value.casefold(),
    ":": lambda member, value: value.casefold() in member.casefold(),
    "=~": lambda member, pattern: _compiled(pattern).search(member) is not None,
}
