"""Conditions on entries that are known only in part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.metrics_analysis.backtest.partial import PartialCondition, PartialEntry

NOW = datetime(2026, 11, 23, tzinfo=UTC)
METHOD, PERMISSION, CODE = (
    "protoPayload.methodName",
    "protoPayload.authorizationInfo.permission",
    "protoPayload.status.code",
)


def field(path: str, value: Any) -> list[Any]:
    return ["field", path, [["text", "is", [str(value)], False] if isinstance(value, str) else ["eq", value]]]


def entry(**known: Any) -> PartialEntry:
    partial = PartialEntry(NOW)
    paths = {"method": METHOD, "permission": PERMISSION, "code": CODE, "log": "logName"}
    for name, value in known.items():
        partial.add(paths[name], value)
    return partial


def judged(node: list[Any], partial: PartialEntry) -> bool | None:
    return PartialCondition({"condition": node, "payload": "audit"}).judge(partial)


DELETE, GET = field(METHOD, "delete"), field(PERMISSION, "get")


@pytest.mark.parametrize(
    ("node", "known", "expected"),
    [
        (DELETE, {"method": "delete"}, True),
        (DELETE, {"method": "insert"}, False),
        (DELETE, {}, None),
        (["and", [DELETE, GET]], {"method": "insert"}, False),
        (["and", [DELETE, GET]], {"method": "delete"}, None),
        (["and", [DELETE, GET]], {"method": "delete", "permission": ["get", "list"]}, True),
        (["or", [DELETE, GET]], {"method": "delete"}, True),
        (["or", [DELETE, GET]], {"method": "insert"}, None),
        (["not", DELETE], {"method": "insert"}, True),
        (["not", GET], {"permission": "get"}, False),
        (["not", GET], {"permission": "list"}, None),
        (["missing", PERMISSION], {"permission": "list"}, False),
        (["missing", PERMISSION], {}, None),
        (["exists", PERMISSION], {"permission": "list"}, True),
        (["block", "any", "protoPayload.authorizationInfo", ["exists", "."]], {"permission": "get"}, None),
        (DELETE, {"method": "delete", "log": "projects/p/logs/worker"}, False),
        (DELETE, {"method": "a very long name…"}, None),
    ],
)
def test_a_field_that_is_not_known_decides_only_where_the_others_do_not(
    node: list[Any], known: dict[str, Any], *, expected: bool | None
) -> None:
    assert judged(node, entry(**known)) is expected


def test_what_the_evidence_of_a_rule_lacks_was_not_in_the_entry() -> None:
    partial = entry(method="delete")
    partial.add_absent(CODE)
    assert judged(["missing", CODE], partial) is True
    assert judged(["and", [DELETE, ["not", field(CODE, "7")]]], partial) is True


def test_the_fields_that_decide_are_named() -> None:
    condition = PartialCondition({"condition": ["and", [DELETE, ["not", GET]]], "payload": "audit"})
    assert condition.unknown(entry(method="delete")) == [PERMISSION]
