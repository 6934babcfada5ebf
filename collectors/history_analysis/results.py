"""The results of a history run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SnapshotOutcome(StrEnum):
    """The outcome of one collector and scope."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # out of time; the next run continues from the checkpoint
    BUSY = "busy"  # another process is running it
    CURRENT = "current"  # this slot is already done


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """One collector, scope and slot. `rows` counts new or changed rows; `transient` says whether a retry may help."""

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
    """The progress of a run: at its start, after each batch and at its end. `done` is from 0 to 1, None if unknown."""

    collector: str
    scope: str
    rows: int
    done: float | None
    outcome: SnapshotOutcome | None = None
