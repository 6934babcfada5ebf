"""The words of Hinomi as types: what every part says to the next one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class IncidentKind(StrEnum):
    """What sort of trouble a finding is."""

    IRREGULAR_ACCESS = "irregular_access"
    JOB_FAILURE = "job_failure"
    LOAD_ISSUE = "load_issue"


class Severity(StrEnum):
    """Sigma's levels, from harmless to urgent."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for informational up to 4 for critical."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Status(StrEnum):
    """The life of an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Trigger(StrEnum):
    """What happened to an incident that a handler rule may act on."""

    OPENED = "opened"
    REOCCURRED = "reoccurred"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


class Mode(StrEnum):
    """Whether an action changes anything."""

    DRY_RUN = "dry_run"
    AUTO = "auto"


class RunState(StrEnum):
    """The life of an action run. SKIPPED keeps the reason why nothing was done."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule or detector says of one piece of evidence.

    `event_key` names the event (not the message), so that a second delivery of the same event is known;
    `fingerprint` names the fault, so that its occurrences share an incident. `time` is event time.
    `fields` are the matched fields by path; `elements` are the array elements that an element-wise block
    matched, by the path of the array. `translations` hold `title` and `summary` by language, such as `ja`. `since` is
    when the fault began, where that is known and before `time`. `run` names the run that failed, where only the
    success of that same run repairs it. An `expired` one was too old when it arrived to change what is open now.
    """

    rule: str
    title: str
    kind: IncidentKind
    severity: Severity
    service: str
    resource: str
    principal: str
    summary: str
    fingerprint: str
    time: datetime
    event_key: str
    project: str = ""
    log_name: str = ""
    insert_id: str = ""
    log_url: str = ""
    quiet_seconds: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    elements: dict[str, list[Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    since: datetime | None = None
    run: str = ""
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Recovery:
    """The event that says a fault is over: incidents of `fingerprint` last seen at or before `time` resolve.

    `summary` says what happened; `translations` hold it by language, as `{"ja": {"summary": …}}`. A recovery with a
    `run` repairs the failures of that run only.
    """

    rule: str
    fingerprint: str
    time: datetime
    event_key: str
    summary: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    run: str = ""
