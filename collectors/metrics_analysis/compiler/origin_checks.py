"""Checks that a rule names the origin of its entries, so that nobody can forge one in a log of their own."""

from __future__ import annotations

import re
from typing import Any

ADDRESSES = ("principalEmail", "principalSubject", "member", "members", "email", "userEmail")
_NAMED = re.compile(r"/logs/[\\(?:^]*[\w%-]")
_DOMAIN = re.compile(r"\\?\.[a-z]{2,}", re.IGNORECASE)


def names_log(node: list[Any] | None) -> bool:
    """Whether a condition can be true only for entries of logs that it names (`logName` with `/logs/…`)."""
    if node is None:
        return True
    if node[0] == "and":
        return any(names_log(inner) for inner in node[1])
    if node[0] == "or":
        return all(names_log(inner) for inner in node[1])
    return node[0] == "field" and node[1] == "logName" and all(_names_one(test) for test in node[2])


def unanchored(node: Any) -> list[str]:
    """The texts that other domains of addresses match too.

    A suffix without a separator: `example.com` also matches `evilexample.com`. A domain that the address only contains, or
    a regular expression without an end: `@example.com` also matches `@example.com.evil.net`.
    """
    if not isinstance(node, list):
        return []
    if node[:1] == ["field"] and str(node[1]).rpartition(".")[2] in ADDRESSES:
        return [text for test in node[2] for text in _loose(test)]
    return [text for inner in node for text in unanchored(inner)]


def _names_one(test: list[Any]) -> bool:
    if test[0] == "text":
        return all(_NAMED.search(text) for text in test[2])
    return test[0] == "re" and _NAMED.search(str(test[1])) is not None


def _loose(test: list[Any]) -> list[str]:
    if test[0] == "re":
        pattern = str(test[1])
        return [pattern] if _DOMAIN.search(pattern) and not pattern.rstrip(")").endswith(("$", r"\z")) else []
    if test[:2] == ["text", "ends"]:
        return [text for text in test[2] if not text.startswith(("@", "."))]
    return [text for text in test[2] if _DOMAIN.search(text)] if test[:2] == ["text", "contains"] else []
