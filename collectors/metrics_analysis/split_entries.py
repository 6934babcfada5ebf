"""Joins the parts of oversized audit entries.

https://docs.cloud.google.com/logging/docs/audit/split-logs: only protoPayload.metadata, request and response are
distributed over the parts; all other fields are the same in each part.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from shared.identity.fingerprint import fingerprint

DISTRIBUTED = ("metadata", "request", "response")


MAX_PARTS = 10_000


def part_of(entry: dict[str, Any]) -> tuple[str, int, int]:
    """The name of the whole entry, the number of this part and the number of parts; proto3 JSON omits a 0.

    The name is valid only within one log.
    """
    split = entry["split"]
    return (
        fingerprint(entry.get("logName", ""), split["uid"]),
        _number(split.get("index")),
        _number(split.get("totalSplits")),
    )


def merge(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry from its parts in order: objects join by key, strings are concatenated, lists join by position.

    `split` stays as in the first part, so that the event keeps its key.
    """
    merged = dict(parts[0])
    payloads = [part["protoPayload"] for part in parts if isinstance(part.get("protoPayload"), dict)]
    if payloads:
        merged["protoPayload"] = {**payloads[0], **_distributed(payloads)}
    return merged


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value <= MAX_PARTS else 0


def _distributed(payloads: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: reduce(_join, values)
        for name in DISTRIBUTED
        if (values := [payload[name] for payload in payloads if name in payload])
    }


def _join(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        both = {key: _join(first[key], second[key]) for key in first.keys() & second.keys()}
        return {**first, **second, **both}
    if isinstance(first, list) and isinstance(second, list):
        longer = first if len(first) > len(second) else second
        return [_join(*pair) for pair in zip(first, second, strict=False)] + longer[min(len(first), len(second)) :]
    if isinstance(first, str) and isinstance(second, str):
        return first if first == second and _same_in_all_parts(first) else first + second
    return first or second  # a part without a list element has an empty one in its place


def _same_in_all_parts(text: str) -> bool:
    # Every part contains the type of an object.
    return text.startswith("type.googleapis.com/")
