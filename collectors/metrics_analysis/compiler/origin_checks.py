"""Checks that a rule names the origin of its entries, so that nobody can forge an entry in a log of their own."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

ADDRESSES = ("principalEmail", "principalSubject", "member", "members", "email", "userEmail")
_DOMAIN = re.compile(r"\\?\.[a-z]{2,}", re.IGNORECASE)
_ANY = "\0"  # stands for any text
_NAMED = re.compile(r"/logs/[\w%.-]{2}")
_MOST_TEXTS = 500
_QUANTIFIER = re.compile(r"(?:([*?])|(\+)|\{(\d+)(?:,\d*)?\})[?+]?")
_GROUP = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*(?::|(?=\)))))?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]")
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|$)", re.DOTALL)
_WITHOUT_WIDTH = frozenset("AbBz")


def names_log(node: list[Any] | None) -> bool:
    """Whether a condition can be true only for entries of logs that it names (`logName` with `/logs/…`)."""
    if node is None:
        return True
    if node[0] == "and":
        return any(names_log(inner) for inner in node[1])
    if node[0] == "or":
        return all(names_log(inner) for inner in node[1])
    return node[0] == "field" and node[1] == "logName" and all(_names_logs(test) for test in node[2])


def unanchored(node: Any) -> list[str]:
    """The texts that addresses of other domains match too.

    A suffix without a separator: `example.com` also matches `evilexample.com`. A domain that the address only contains,
    or a regular expression without an end: `@example.com` also matches `@example.com.evil.net`.
    """
    if not isinstance(node, list):
        return []
    if node[:1] == ["field"] and str(node[1]).rpartition(".")[2] in ADDRESSES:
        return [text for test in node[2] for text in _loose(test)]
    return [text for inner in node for text in unanchored(inner)]


def _loose(test: list[Any]) -> list[str]:
    if test[0] == "re":
        pattern = str(test[1])
        return [pattern] if _DOMAIN.search(pattern) and not pattern.rstrip(")").endswith(("$", r"\z")) else []
    if test[:2] == ["text", "ends"]:
        return [text for text in test[2] if not text.startswith(("@", "."))]
    return [text for text in test[2] if _DOMAIN.search(text)] if test[:2] == ["text", "contains"] else []


def _names_logs(test: list[Any]) -> bool:
    """Whether everything that a test of `logName` accepts has the id of a log, or the beginning of one.

    `/logs/airflow-worker` and `/logs/(?:ps|worker).*` name logs; `/logs/.*`, `/logs/(?:worker|.*)` and `worker|/logs/x` do not.
    """
    return all(_NAMED.search(text) for text in _accepted(test))


def _accepted(test: list[Any]) -> set[str]:
    """Texts such that every accepted text contains one of them, with _ANY for the parts that may differ."""
    if test[0] == "text":
        return set(test[2])
    if test[0] == "glob":
        return {"".join(part if isinstance(part, str) else _ANY for part in test[1])}
    return _Pattern(str(test[1])).texts() if test[0] == "re" else {_ANY}


class _Pattern:
    """Reads an RE2 regular expression that has been checked by RE2."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def texts(self) -> set[str]:
        """The texts of each alternative; only _ANY if there are too many."""
        texts = self._sequence()
        while self._take("|"):
            texts |= self._sequence()
        return texts

    def _sequence(self) -> set[str]:
        texts = {""}
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts = self._repeated()
            is_many = len(texts) * len(parts) > _MOST_TEXTS
            texts = {_ANY} if is_many else {before + part for before, part in product(texts, parts)}
        return texts

    def _repeated(self) -> set[str]:
        parts = self._atom()
        while quantifier := self._match(_QUANTIFIER):
            optional, more, least = quantifier.groups()
            if optional or least == "0":
                parts = {_ANY}
            elif more or quantifier[0] != "{1}":
                parts = {part + _ANY for part in parts}
        return parts

    def _atom(self) -> set[str]:
        if quoted := self._match(_QUOTED):
            return {quoted[1]}
        if self._take("\\"):
            return {self._escaped(self._next())}
        if one := self._match(_CLASS):
            inner = one[0][1:-1]
            return {inner if len(inner) == 1 else _ANY}
        if self._match(_GROUP):
            inside = self.texts()
            self._take(")")
            return inside
        char = self._next()
        return {{"^": "", "$": "", ".": _ANY}.get(char, char)}

    def _escaped(self, char: str) -> str:
        if char in _WITHOUT_WIDTH:
            return ""
        return _ANY if char.isalnum() else char

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1 : self._at]

    def _take(self, text: str) -> bool:
        is_next = self._pattern.startswith(text, self._at)
        self._at += len(text) * is_next
        return is_next

    def _match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        match = expression.match(self._pattern, self._at)
        self._at = match.end() if match else self._at
        return match
