"""What the occurrences of an incident have in common and how they differ: calls, addresses, resources and accounts, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.records import OccurrenceView
from shared.texts import Text
from shared.texts.dashboard import incident as texts

MOST_VALUES, MOST_FIELDS, LONGEST = 5, 8, 200
# What a person asks first; other fields of the evidence follow where they differ.
FIRST = {
    "protoPayload.methodName": texts.CALL,
    "protoPayload.requestMetadata.callerIp": texts.ADDRESS,
    "protoPayload.resourceName": texts.RESOURCE,
    "protoPayload.requestMetadata.callerSuppliedUserAgent": texts.PROGRAM,
}


@dataclass(frozen=True, slots=True)
class RepeatedField:
    """A field with its most frequent values and their counts; `more` values are not shown."""

    label: Text
    values: tuple[tuple[str, int], ...]
    more: int


def repeated(occurrences: Sequence[OccurrenceView]) -> list[RepeatedField]:
    """The fields of two or more occurrences: the most important fields first, then those with different values."""
    counts = _counts(occurrences)
    differing = [path for path in counts if path not in FIRST and path and 1 < len(counts[path]) < len(occurrences)]
    chosen = [(path, label) for path, label in FIRST.items() if path in counts]
    chosen += [(path, Text.verbatim(path)) for path in differing]
    accounts = [("", texts.CALLER)] if "" in counts else []
    return [_field(label, counts[path]) for path, label in (*accounts, *chosen)][:MOST_FIELDS]


def _counts(occurrences: Sequence[OccurrenceView]) -> dict[str, Counter[str]]:
    """The number of occurrences of each value, by field; the account has the empty path."""
    found: dict[str, Counter[str]] = {}
    for one in occurrences:
        for path, value in _values(one):
            found.setdefault(path, Counter())[value[:LONGEST]] += 1
    return found


def _values(one: OccurrenceView) -> Iterator[tuple[str, str]]:
    if one.principal:
        yield "", one.principal
    for path, value in one.evidence.get("fields", {}).items():
        if isinstance(value, str | int | float) and not path.startswith("protoPayload.authenticationInfo."):
            yield path, str(value)


def _field(label: Text, counts: Counter[str]) -> RepeatedField:
    return RepeatedField(label, tuple(counts.most_common(MOST_VALUES)), max(0, len(counts) - MOST_VALUES))
