"""Selects the rules that may match an entry, without evaluating them.

The compiler derives from a rule's conditions the values that some selective fields must have (`guards`) or end with
(`endings`); an entry with other values cannot match. An entry of a successful call cannot match a rule about failures
(`failure`), and an entry without a request cannot match a rule that reads the request (`parts`). A rule is indexed by
the values of its first guarded field. A rule whose conditions have nothing in common is indexed once for each condition
(`ways`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.metrics_analysis.sigma import fields, values
from collectors.metrics_analysis.sigma.origin import is_audit_log, is_own_log

METHOD = "protoPayload.methodName"

# The most selective field first. The compiler derives guards for exactly these.
GUARDED = (METHOD, "resource.type", "protoPayload.serviceName")

# Many rules name only the last words of a method or of a log. The compiler derives endings for exactly these.
ENDED = ("logName", METHOD)

# Parts of an audit log that many entries lack. The compiler derives for exactly these whether a rule needs one.
PARTS = frozenset({"metadata", "request", "response", "serviceData"})

# Rules on denied and failed calls require this field, which successful calls lack.
FAILURE = "protoPayload.status.code"

# A successful call that only validates its request changes nothing.
_VALIDATES = [fields.parse(f"protoPayload.request.{name}") for name in ("validateOnly", "validate_only")]

_STEPS = {path: fields.parse(path) for path in dict.fromkeys((*GUARDED, *ENDED))}
_FAILURE_STEPS = fields.parse(FAILURE)
_UNKNOWN = object()  # a value of an unusual type: the rules are evaluated

Seen = dict[str, Any]  # by guarded field: its folded text, None if it is missing, or _UNKNOWN


class Prefilter:
    """An index of compiled rules by their guards."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self._filed: dict[str, dict[str, list[int]]] = {path: {} for path in GUARDED}
        self._under: dict[str, list[int]] = {path: [] for path in GUARDED}
        self._free: list[int] = []
        self._by_ending: list[int] = []  # without a guard, but with the end of a method
        ways = [(position, way) for position, rule in enumerate(rules) for way in rule.get("ways") or [rule]]
        self._of_any = {position for position, rule in enumerate(rules) if rule["payload"] == "any"}
        self._positions = [position for position, _ in ways]
        self._payloads = [str(rules[position]["payload"]) for position, _ in ways]
        self._of_failures = [bool(way.get("failure")) for _, way in ways]
        self._parts = [frozenset(way.get("parts", ())) for _, way in ways]
        self._endings = [
            [(path, tuple(way.get("endings", {})[path])) for path in ENDED if path in way.get("endings", {})]
            for _, way in ways
        ]
        self._guards = [
            [(path, frozenset(way["guards"][path])) for path in GUARDED if path in way["guards"]] for _, way in ways
        ]
        for index in range(len(ways)):
            self._file(index)
        self._ends = tuple({end for index in self._by_ending for end in dict(self._endings[index])[METHOD]})

    def _file(self, index: int) -> None:
        guards = self._guards[index]
        if not guards:
            (self._by_ending if METHOD in dict(self._endings[index]) else self._free).append(index)
            return
        path, texts = guards.pop(0)
        self._under[path].append(index)
        for text in texts:
            self._filed[path].setdefault(text, []).append(index)

    def candidates(self, entry: dict[str, Any]) -> list[int]:
        """Indexes of the rules that may match, in the order of the rules."""
        seen = {path: _guard_value(entry, steps) for path, steps in _STEPS.items()}
        payloads = ("audit", "any") if "protoPayload" in entry else ("platform", "any")
        present = _parts_of(entry)
        failed = bool(fields.find(entry, _FAILURE_STEPS))
        found = sorted(
            {
                self._positions[index]
                for index in self._filed_under(seen)
                if self._payloads[index] in payloads
                and (failed or not self._of_failures[index])
                and not (self._parts[index] and present.isdisjoint(self._parts[index]))
                and self._may_match(index, seen)
            }
        )
        # Few entries come so far, so the origin is checked here.
        if not found or not is_own_log(entry) or (not failed and _only_validates(entry)):
            return []
        if "protoPayload" in entry and not is_audit_log(entry):
            return [position for position in found if position in self._of_any]
        return found

    def _may_match(self, index: int, seen: Seen) -> bool:
        # Plain loops: this runs for every entry and a tenth of the rules.
        for path, texts in self._guards[index]:
            value = seen[path]
            if value not in texts and value is not _UNKNOWN:
                return False
        for path, ends in self._endings[index]:
            value = seen[path]
            if value is None or (value is not _UNKNOWN and not value.endswith(ends)):
                return False
        return True

    def _filed_under(self, seen: Seen) -> Iterator[int]:
        yield from self._free
        method = seen[METHOD]
        if method is not None and (method is _UNKNOWN or method.endswith(self._ends)):
            yield from self._by_ending
        for path in GUARDED:
            value = seen[path]
            yield from self._under[path] if value is _UNKNOWN else self._filed[path].get(value, ())


def _only_validates(entry: dict[str, Any]) -> bool:
    return any(values.fold(str(value)) == "true" for steps in _VALIDATES for value in fields.find(entry, steps))


def _parts_of(entry: dict[str, Any]) -> frozenset[str]:
    payload = entry.get("protoPayload")
    if isinstance(payload, list):  # not an audit log as Google writes it: nothing is skipped
        return PARTS
    return PARTS.intersection(payload) if isinstance(payload, dict) else frozenset()


def _guard_value(entry: dict[str, Any], steps: fields.Steps) -> Any:
    items = fields.find(entry, steps)
    if not items:
        return None
    return values.fold(items[0]) if len(items) == 1 and isinstance(items[0], str) else _UNKNOWN
