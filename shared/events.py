"""State that a log entry leaves for later entries: a counted event, the start of an operation, the fields of a resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.lazy.dataclass import dataclass

# The fields of a counted event that people see: the call, its resource, and the caller's address.
METHOD, RESOURCE = "protoPayload.methodName", "protoPayload.resourceName"
ADDRESS = "protoPayload.requestMetadata.callerIp"
CALL = (METHOD, RESOURCE, ADDRESS)
REMOVED = "removed"  # the only field of a resource that was deleted


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """One event that the correlation rule `rule` counts.

    `group_key` is a hash of the rule and the group-by values, `value` the value that a value_count counts (else empty),
    `timespan` the length of the rule's window. `entry` is the log entry and `spec` the compiled correlation; stores of
    events need neither. `call` are the fields that people see of an event, by path and redacted.
    """

    rule: str
    group_key: str
    event_key: str
    value: str
    time: datetime
    timespan: timedelta
    entry: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    spec: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    call: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def slot(self, time: datetime) -> int:
        """The number of the slot that contains a time. Slots are `timespan` long; a burst is one occurrence per slot."""
        return int(time.timestamp() // self.timespan.total_seconds())

    def slot_start(self, slot: int) -> datetime:
        """The start time of a slot."""
        return datetime.fromtimestamp(slot * self.timespan.total_seconds(), UTC)


@dataclass(frozen=True, slots=True)
class DiscountedEvent:
    """An event that is no longer counted: its group, time and value as stored.

    `others` are (time, value) of the other events of the group that share a window or a slot with it, earliest first.
    """

    group_key: str
    time: datetime
    value: str
    others: list[tuple[datetime, str]]


@dataclass(frozen=True, slots=True)
class OperationStart:
    """The fields of an operation's first entry that its last entry lacks.

    `operation_key` identifies the operation by log, producer and id; `start` is the first entry, reduced to the caller
    and the request. With a key of its own, it is also the last entry of an operation whose first one is not known yet.
    """

    operation_key: str
    time: datetime
    start: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResourceFact:
    """The fields of a resource that one entry shows, nested as in the entry.

    `resource_key` is a hash of the rule and the resource. If `complete`, it replaces the fields of earlier entries. If
    `counts`, a fact without fields means that the resource was deleted.
    """

    resource_key: str
    event_key: str
    time: datetime
    fields: dict[str, Any]
    complete: bool = False
    counts: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        """The fields that later entries see, including the deletion of the resource if the fact `counts`."""
        return self.fields or ({REMOVED: True} if self.complete and self.counts else {})


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """An entry that a rule evaluated with the fields of a resource that earlier entries showed."""

    resource_key: str
    event_key: str
    time: datetime
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EarlierPolicy:
    """The bindings of a resource, as in a policy, since `time`, when they last changed."""

    time: datetime
    bindings: list[dict[str, Any]]


def remembered_fields(facts: Iterable[ResourceFact]) -> dict[str, Any]:
    """The fields of a resource after applying these facts, earliest first."""
    known: dict[str, Any] = {}
    for fact in facts:
        known = dict(fact.shown) if fact.complete else merged(known, fact.fields)
    return known


def merged(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Merges nested fields; a later value replaces an earlier one."""
    both = {
        name: merged(earlier[name], value) if isinstance(value, dict) and isinstance(earlier.get(name), dict) else value
        for name, value in later.items()
    }
    return {**earlier, **both}
