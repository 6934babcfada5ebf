"""Which rules are worth trying on an entry, found without trying them.

The compiler derives from a rule's conditions the texts that a few telling fields must have (`guards`); an
entry with other texts there cannot match. A rule is filed under the values of one guarded field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collectors.metrics_analysis import fields, values

# The most telling field first. The compiler derives guards for exactly these.
GUARDED = ("protoPayload.methodName", "resource.type", "protoPayload.serviceName")

_STEPS = {path: fields.parse(path) for path in GUARDED}


class Prefilter:
    """An index of compiled rules by what they require."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self._filed: dict[str, dict[str, list[int]]] = {path: {} for path in GUARDED}
        self._under: dict[str, list[int]] = {path: [] for path in GUARDED}
        self._free: list[int] = []
        self._payloads = [PAYLOADS[rule["payload"]] for rule in rules]
        for position, rule in enumerate(rules):
            self._file(position, rule["guards"])

    def _file(self, position: int, guards: dict[str, list[str]]) -> None:
        path = next((path for path in GUARDED if path in guards), None)
        if path is None:
            self._free.append(position)
            return
        self._under[path].append(position)
        for value in guards[path]:
            self._filed[path].setdefault(value, []).append(position)

    def candidates(self, entry: dict[str, Any]) -> list[int]:
        """Positions of the rules that may match, in the order of the rules."""
        found = list(self._free)
        for path, filed in self._filed.items():
            if filed:
                found += self._at(path, entry, filed)
        return sorted(position for position in found if self._payloads[position](entry))

    def _at(self, path: str, entry: dict[str, Any], filed: dict[str, list[int]]) -> list[int]:
        there = fields.find(entry, _STEPS[path])
        if not there:
            return []
        value = there[0]
        if len(there) == 1 and isinstance(value, str):
            return filed.get(values.fold(value), [])
        return self._under[path]  # an unusual type: let the rules decide


PAYLOADS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "audit": lambda entry: "protoPayload" in entry,
    "platform": lambda entry: "protoPayload" not in entry,
    "any": lambda _: True,
}
