"""Readings of a log around a failure whose entry does not say why: planned with the occurrence, done once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.lazy.dataclass import dataclass

EVIDENCE = "log_reading"  # where the evidence of an occurrence has the record of its reading
BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=2)


class ReadingOutcome(StrEnum):
    """The outcome of a reading. For every outcome except FOUND, the evidence says why there is no line."""

    FOUND = "found"
    NOTHING = "nothing"
    DENIED = "denied"
    QUOTA = "quota"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def may_change(self) -> bool:
        """Whether a later attempt may have another outcome: lines are visible some seconds after they were written."""
        return self in {self.NOTHING, self.QUOTA, self.TIMEOUT, self.UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class LogReading:
    """A claimed reading of the log of one occurrence: which entries of `project`, from `since` to `until`.

    `insert_id` is the entry of the failure itself, `shown` its summary and resource. `attempt` counts from 1.
    """

    occurrence_id: int
    incident_id: int
    project: str
    query: str
    since: datetime
    until: datetime
    planned_at: datetime
    attempt: int
    insert_id: str
    shown: str


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """The line that says why, with the entry that has it."""

    text: str
    time: datetime
    log_name: str = ""
    insert_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadingResult:
    """The result of a reading: the line, or why there is none; the number of entries read, and the account that read them."""

    outcome: ReadingOutcome
    by: str
    entries: int = 0
    line: ReasonLine | None = None
    error: str = ""

    def as_evidence(self, reading: LogReading, now: datetime) -> dict[str, Any]:
        """The record on the evidence: who read what and when, and the outcome."""
        record = {
            "by": self.by,
            "at": now.isoformat(),
            "project": reading.project,
            "query": reading.query,
            "since": reading.since.isoformat(),
            "until": reading.until.isoformat(),
            "attempts": reading.attempt,
            "entries": self.entries,
            "outcome": str(self.outcome),
        }
        if self.error:
            record["error"] = self.error
        if self.line:
            record |= {
                "text": self.line.text,
                "line_time": self.line.time.isoformat(),
                "log_name": self.line.log_name,
                "insert_id": self.line.insert_id,
            }
        return record
