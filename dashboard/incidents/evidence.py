"""The evidence of an incident as rows: the field, its value, and whether the rule tests it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.log_readings import EVIDENCE as LOG_READING
from shared.texts import log_readings

LONGEST = 2_000
# Fields that every finding from an audit entry has as evidence, whatever its rule asks for.
_CONTEXT = (
    "protoPayload.methodName",
    "protoPayload.resourceName",
    "protoPayload.authenticationInfo.",
    "protoPayload.requestMetadata.callerIp",
    "protoPayload.requestMetadata.callerSuppliedUserAgent",
)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A field of the log entry. `is_matched` is True if the rule tests it, False for the context of every entry.

    `is_sentence`: the value is a sentence about a reading of the log instead of a value of the entry.
    """

    path: str
    value: str
    is_matched: bool
    is_sentence: bool = False


def evidence_rows(evidence: Mapping[str, Any], language: str, *, is_reason_known: bool = False) -> list[EvidenceRow]:
    """The rows: matched array elements first, then other matched fields, then the context and the readings of the log.

    `is_reason_known`: the incident has a reason, even if the reading found no line that says it.
    """
    rows = sorted(_rows(evidence), key=lambda row: not row.is_matched)
    if record := evidence.get(LOG_READING):
        text = log_readings.sentence(record, is_reason_known=is_reason_known).in_language(language)
        rows.append(EvidenceRow(log_readings.TITLE.in_language(language), text, is_matched=False, is_sentence=True))
        rows += [
            EvidenceRow(title.in_language(language), record[name], is_matched=False)
            for name, title in log_readings.PARTS.items()
            if name in record
        ]
    return rows


def _rows(evidence: Mapping[str, Any]) -> Iterator[EvidenceRow]:
    arrays = evidence.get("elements", {})
    for path, elements in arrays.items():
        yield from (EvidenceRow(f"{path}[]", _value(element), is_matched=True) for element in elements)
    inside = tuple(f"{path}." for path in arrays)
    for path, value in evidence.get("fields", {}).items():
        if not path.startswith(inside):
            yield EvidenceRow(path, _value(value), is_matched=not path.startswith(_CONTEXT))


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, dict) and all(isinstance(item, str | int | float) for item in value.values()):
        return "  ".join(f"{name}={item}" for name, item in value.items())[:LONGEST]
    return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST]
