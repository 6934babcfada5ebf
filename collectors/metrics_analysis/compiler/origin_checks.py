"""Checks that a rule names the origin of its entries, so that nobody can forge one in a log of their own."""

from __future__ import annotations

from typing import Any

ADDRESSES = ("principalEmail", "member", "email", "userEmail")


def names_log(node: list[Any] | None) -> bool:
    """Whether a condition can hold only for entries of logs that it names (`logName` with `/logs/…`)."""
    if node is None:
        return True
    if node[0] == "and":
        return any(names_log(inner) for inner in node[1])
    if node[0] == "or":
        return all(names_log(inner) for inner in node[1])
    return node[0] == "field" and node[1] == "logName" and all(_names_one(test) for test in node[2])


def unanchored(node: Any) -> list[str]:
    """The suffixes of domains that are compared without a separator: `example.com` also matches `evilexample.com`."""
    if not isinstance(node, list):
        return []
    if node[:1] == ["field"] and str(node[1]).rpartition(".")[2] in ADDRESSES:
        return [end for test in node[2] for end in _ends(test) if not end.startswith(("@", "."))]
    return [end for inner in node for end in unanchored(inner)]


def _names_one(test: list[Any]) -> bool:
    if test[0] == "text":
        return all("/logs/" in text for text in test[2])
    return test[0] == "re" and "/logs/" in str(test[1])


def _ends(test: list[Any]) -> list[str]:
    return list(test[2]) if test[:2] == ["text", "ends"] else []
