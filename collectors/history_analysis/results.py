"""What a history run says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SnapshotOutcome(StrEnum):
    """What came of one collector and scope."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # the time was up; it goes on from its checkpoint
    BUSY = "busy"  # another process is at it
    CURRENT = "current"  # this slot is done already


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """One collector, scope and slot. `rows` are those new or different in this run; `transient`: the error may pass."""

    collector: str
    scope: str
    slot: datetime
    outcome: SnapshotOutcome
    rows: int = 0
    api_calls: int = 0
    bytes_billed: int = 0
    seconds: float = 0.0
    error: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: at its beginning, after each batch and at its end. `done` is from 0 to 1, None where unknown."""

    collector: str
    scope: str
    rows: int
    done: float | None
    outcome: SnapshotOutcome | None = None
