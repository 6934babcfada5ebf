"""What stateful rules remember between entries.

The Error DB implements `State` for the function; `MemoryState` serves `hinomi analyze`, where all entries
pass through one process.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from shared.events import CorrelationEvent, OperationStart

Key = TypeVar("Key")
Value = TypeVar("Value")
Seen = list[tuple[datetime, str]]


class State(Protocol):
    """Every method is part of the transaction that records the findings."""

    def count(self, event: CorrelationEvent) -> Seen | None:
        """Records an event and gives (time, value) of its group's events within ± timespan, itself included.

        None when this event was counted before.
        """

    def remember(self, start: OperationStart) -> None:
        """Keeps the start of an operation; the first one of a key stays."""

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """The start that was kept for an operation."""

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Keeps one part of a split entry; all parts in order when this one makes them complete."""


@dataclass(slots=True)
class MemoryState:
    """A State in memory. It holds at most `limit` groups of events, operations and split entries each.

    What was touched longest ago is forgotten first, and a group holds at most `limit` events.
    """

    limit: int = 10_000
    _groups: OrderedDict[tuple[str, str], dict[str, tuple[datetime, str]]] = field(default_factory=OrderedDict)
    _starts: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    _splits: OrderedDict[str, dict[int, dict[str, Any]]] = field(default_factory=OrderedDict)

    def count(self, event: CorrelationEvent) -> Seen | None:
        """See State."""
        group = _touch(self._groups, (event.rule, event.group_key), {}, self.limit)
        if event.event_key in group:
            return None
        group[event.event_key] = event.time, event.value
        if len(group) > self.limit:
            del group[min(group, key=lambda key: group[key])]
        return sorted(seen for seen in group.values() if abs(seen[0] - event.time) <= event.timespan)

    def remember(self, start: OperationStart) -> None:
        """See State."""
        _touch(self._starts, start.operation_key, start.start, self.limit)

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """See State."""
        return self._starts.get(operation_key)

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """See State."""
        parts = _touch(self._splits, uid, {}, self.limit)
        parts[index] = entry
        if len(parts) < max(total, 1):
            return None
        del self._splits[uid]
        return [parts[at] for at in sorted(parts)]


def _touch(kept: OrderedDict[Key, Value], key: Key, new: Value, limit: int) -> Value:
    value = kept.setdefault(key, new)
    kept.move_to_end(key)
    if len(kept) > limit:
        kept.popitem(last=False)
    return value
