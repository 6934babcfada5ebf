"""What one log entry leaves behind for later entries: an event that is counted, the start of a long operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """One event that the correlation rule `rule` counts.

    `group_key` is a hash of the rule and the group-by values, `value` what a value_count counts (else empty),
    `timespan` the length of the rule's window. `entry` is the log entry, `spec` the compiled correlation;
    a store of events needs neither.
    """

    rule: str
    group_key: str
    event_key: str
    value: str
    time: datetime
    timespan: timedelta
    entry: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    spec: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def slot(self, time: datetime) -> int:
        """The number of the timespan-long slot that holds a time; a burst is one occurrence in each."""
        return int(time.timestamp() // self.timespan.total_seconds())

    def slot_start(self, slot: int) -> datetime:
        """Where a slot begins."""
        return datetime.fromtimestamp(slot * self.timespan.total_seconds(), UTC)


@dataclass(frozen=True, slots=True)
class OperationStart:
    """What the first entry of a long operation says and the last one lacks.

    `operation_key` is "<producer>/<id>"; `start` is the first entry, cut down to who asked for what.
    """

    operation_key: str
    time: datetime
    start: dict[str, Any]
