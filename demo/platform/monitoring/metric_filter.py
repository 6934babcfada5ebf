"""The part of Cloud Monitoring's filter language that selects time series.

`field = "value"`, `!=`, `one_of(…)`, `starts_with(…)`, `NOT`, `AND` and brackets; terms side by side mean AND. Source:
docs.cloud.google.com/monitoring/api/v3/filters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Fields = Mapping[str, str]
Condition = Callable[[Fields], bool]

_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>!=|=|\(|\)|,))')
_FUNCTIONS = ("one_of", "starts_with", "ends_with", "has_substring")


def parse(text: str) -> Condition:
    """The filter as a function of `metric.type`, `resource.labels.zone` and so on.

    Raises ValueError for a filter that it cannot parse.
    """
    reader = _Reader(text)
    condition = reader.all_of()
    if reader.peek():
        raise ValueError(f"could not parse filter at '{reader.peek()}'")
    return condition


def field_name(name: str) -> str:
    """The canonical field name: `metric.label.x` and `metric.labels.x` are the same."""
    return re.sub(r"^(metric|resource)\.label\.", r"\1.labels.", name)


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def take(self, expected: str = "") -> str:
        if not self._tokens or (expected and self._tokens[0] != expected):
            raise ValueError(f"could not parse filter: '{expected or 'more'}' expected before '{self.peek()}'")
        return self._tokens.pop(0)

    def all_of(self) -> Condition:
        conditions = [self._one()]
        while self.peek() not in ("", ")"):
            if self.peek() == "AND":
                self.take()
            conditions.append(self._one())
        return lambda fields: all(condition(fields) for condition in conditions)

    def _one(self) -> Condition:
        if self.peek() == "NOT":
            self.take()
            inner = self._one()
            return lambda fields: not inner(fields)
        if self.peek() == "(":
            self.take()
            inner = self.all_of()
            self.take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name, operator = field_name(self.take()), self.take()
        if operator not in ("=", "!="):
            raise ValueError(f"unknown operator '{operator}' in filter")
        matches = self._value()
        return lambda fields: matches(fields.get(name, "")) == (operator == "=")

    def _value(self) -> Callable[[str], bool]:
        token = self.take()
        if token.startswith('"'):
            expected = _unquote(token)
            return lambda value: value == expected
        if token not in _FUNCTIONS:
            raise ValueError(f"unknown function '{token}' in filter")
        self.take("(")
        values = [_unquote(self.take())]
        while self.peek() == ",":
            self.take()
            values.append(_unquote(self.take()))
        self.take(")")
        return _function(token, values)


def _function(name: str, values: list[str]) -> Callable[[str], bool]:
    if name == "one_of":
        return lambda value: value in values
    if name == "starts_with":
        return lambda value: value.startswith(values[0])
    if name == "ends_with":
        return lambda value: value.endswith(values[0])
    return lambda value: values[0] in value


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"could not parse filter at '{text[at:]}'")
        tokens.append(match[0].strip())
        at = match.end()
    return tokens


def _unquote(token: str) -> str:
    if not token.startswith('"'):
        raise ValueError(f"could not parse filter: text in quotes expected before '{token}'")
    return re.sub(r"\\(.)", r"\1", token[1:-1])
