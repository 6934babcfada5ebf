"""The state of stateful rules between entries.

The Error DB implements `RuleState` for the function; `MemoryRuleState` serves `hinomi analyze`, where one process reads
all entries.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from shared.events import CountedEvent, DiscountedEvent, OperationStart, ResourceFact, ResourceUse, remembered_fields
from shared.lazy.dataclass import dataclass

Key = TypeVar("Key")
Value = TypeVar("Value")
Seen = list[tuple[datetime, str]]


class RuleState(Protocol):
    """All methods are part of the transaction that records the findings."""

    def count(self, event: CountedEvent) -> Seen | None:
        """Counts an event; returns (time, value) of its group's events within ± timespan, including the event.

        Earliest first. An implementation may omit events that cannot change the result, and may replace values if equal
        values stay equal. None if this event was counted before.
        """

    def discount(self, event: CountedEvent) -> DiscountedEvent | None:
        """Removes an event from the counts; if it has not been counted yet, it never will be.

        None if it was not counted, or if the group has too many events to determine the change.
        """

    def remember(self, start: OperationStart) -> None:
        """Stores the first entry of an operation; later entries with the same key are ignored."""

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """The stored first entry of an operation, or None."""

    def join(self, part: OperationStart, other_key: str) -> dict[str, Any] | None:
        """Returns the other entry of an operation, stored under `other_key`; if it is missing, stores this entry and returns None.

        If two entries arrive at once, one of them sees the other.
        """

    def learn(self, fact: ResourceFact) -> None:
        """Stores fields of a resource; a second delivery changes nothing."""

    def known(self, resource_key: str, before: datetime) -> dict[str, Any]:
        """The fields of a resource in entries before a time; empty if there are none."""

    def forget_fact(self, fact: ResourceFact) -> None:
        """Deletes fields of a resource that a late earlier entry says the entry does not show."""

    def use(self, use: ResourceUse) -> None:
        """Stores an entry that is evaluated with the fields of a resource, for earlier fields that arrive later.

        If a use and a fact arrive at once, one of them sees the other. A second delivery changes nothing.
        """

    def uses_after(self, resource_key: str, time: datetime) -> Sequence[ResourceUse]:
        """The stored entries about a resource that are later than a time."""

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Stores a part of a split entry; returns all parts in order if this part completes them, otherwise None."""


@dataclass(slots=True)
class _Group:
    """The events of one group: `keys` and `events` (time, value) have the same order, earliest first."""

    keys_seen: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    events: Seen = field(default_factory=list)

    def add(self, event: CountedEvent, limit: int) -> None:
        self.keys_seen.add(event.event_key)
        at = bisect_right(self.events, (event.time, event.value))
        self.events.insert(at, (event.time, event.value))
        self.keys.insert(at, event.event_key)
        if len(self.events) > limit:
            del self.events[0]
            self.keys_seen.remove(self.keys.pop(0))

    def remove(self, event_key: str) -> tuple[datetime, str] | None:
        """Removes an event; returns None if the state does not have it."""
        if event_key not in self.keys:
            return None
        at = self.keys.index(event_key)
        del self.keys[at]
        self.keys_seen.discard(event_key)
        return self.events.pop(at)

    def around(self, event: CountedEvent) -> Seen:
        first = bisect_left(self.events, event.time - event.timespan, key=itemgetter(0))
        return self.events[first : bisect_right(self.events, event.time + event.timespan, key=itemgetter(0))]


@dataclass(slots=True)
class MemoryRuleState:
    """A RuleState in memory with at most `limit` groups of events, operations and split entries.

    The least recently used is dropped first, and a group has at most `limit` events.
    """

    limit: int = 10_000
    _groups: OrderedDict[tuple[str, str], _Group] = field(default_factory=OrderedDict)
    _failed: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _starts: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    _splits: OrderedDict[str, dict[int, dict[str, Any]]] = field(default_factory=OrderedDict)
    _facts: OrderedDict[str, list[ResourceFact]] = field(default_factory=OrderedDict)
    _uses: OrderedDict[str, list[ResourceUse]] = field(default_factory=OrderedDict)

    def count(self, event: CountedEvent) -> Seen | None:
        """See RuleState."""
        group = _touch(self._groups, (event.rule, event.group_key), _Group(), self.limit)
        if event.event_key in group.keys_seen or (event.rule, event.event_key) in self._failed:
            return None
        group.add(event, self.limit)
        return group.around(event)

    def discount(self, event: CountedEvent) -> DiscountedEvent | None:
        """See RuleState."""
        _touch(self._failed, (event.rule, event.event_key), None, self.limit)
        group = self._groups.get((event.rule, event.group_key), _Group())
        removed = group.remove(event.event_key)
        return DiscountedEvent(event.group_key, *removed, group.events) if removed is not None else None

    def remember(self, start: OperationStart) -> None:
        """See RuleState."""
        _touch(self._starts, start.operation_key, start.start, self.limit)

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """See RuleState."""
        return self._starts.get(operation_key)

    def join(self, part: OperationStart, other_key: str) -> dict[str, Any] | None:
        """See RuleState."""
        other = self.recall(other_key)
        if other is None:
            self.remember(part)
        return other

    def learn(self, fact: ResourceFact) -> None:
        """See RuleState."""
        facts = _touch(self._facts, fact.resource_key, [], self.limit)
        if any(one.event_key == fact.event_key for one in facts):
            return
        facts.append(fact)
        facts.sort(key=lambda one: one.time)
        del facts[: -self.limit]

    def known(self, resource_key: str, before: datetime) -> dict[str, Any]:
        """See RuleState."""
        return remembered_fields(fact for fact in self._facts.get(resource_key, []) if fact.time < before)

    def forget_fact(self, fact: ResourceFact) -> None:
        """See RuleState."""
        facts = self._facts.get(fact.resource_key, [])
        facts[:] = [one for one in facts if one.event_key != fact.event_key]

    def use(self, use: ResourceUse) -> None:
        """See RuleState: the latest `limit` of a resource."""
        uses = _touch(self._uses, use.resource_key, [], self.limit)
        if all(one.event_key != use.event_key for one in uses):
            uses.append(use)
            uses.sort(key=lambda one: one.time)
            del uses[: -self.limit]

    def uses_after(self, resource_key: str, time: datetime) -> Sequence[ResourceUse]:
        """See RuleState."""
        return [use for use in self._uses.get(resource_key, []) if use.time > time]

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """See RuleState."""
        parts = _touch(self._splits, uid, {}, self.limit)
        parts[index] = entry
        if len(parts) < max(total, 1):
            return None
        del self._splits[uid]
        return [parts[at] for at in sorted(parts)]


def _touch(store: OrderedDict[Key, Value], key: Key, new: Value, limit: int) -> Value:
    value = store.setdefault(key, new)
    store.move_to_end(key)
    if len(store) > limit:
        store.popitem(last=False)
    return value
