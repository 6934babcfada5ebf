"""The core types of Hinomi, which all folders share."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.lazy.dataclass import dataclass


class IncidentKind(StrEnum):
    """The kind of a fault."""

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
    """The states of an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Trigger(StrEnum):
    """The changes of an incident that a handler rule can react to."""

    OPENED = "opened"
    REOPENED = "reopened"
    CAUSE_FOUND = "cause_found"
    REOCCURRED = "reoccurred"
    ESCALATED = "escalated"
    REMEDIATION_FAILED = "remediation_failed"
    UNACKNOWLEDGED = "unacknowledged"
    FLAPPING = "flapping"
    RESOLVED = "resolved"


class ErrorClass(StrEnum):
    """The kind of error that made a job fail."""

    PERMISSION = "permission"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    SYNTAX = "syntax"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DATA = "data"
    UPSTREAM = "upstream"
    NETWORK = "network"
    UNKNOWN = "unknown"


STABLE = timedelta(hours=1)  # time without a failure after which a flapping incident ends


class Mode(StrEnum):
    """Whether an action may change anything. A rule with `approve` only plans until a person approves."""

    DRY_RUN = "dry_run"
    AUTO = "auto"
    APPROVE = "approve"


class RuleMode(StrEnum):
    """Whether a detection rule opens incidents. Matches of a staged rule are recorded without an incident."""

    ENABLED = "enabled"
    STAGED = "staged"
    DISABLED = "disabled"


class RunState(StrEnum):
    """The states of an action run. A SKIPPED run has a reason."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class JobLinks:
    """Links of a failing job to others of its `group`, whose incidents are evaluated together.

    `own` are the names of the job and its run; `part_of` are those of the jobs and runs that fail because of it. All
    are hashes. Two failures that have different values in `separate_by`, such as two environments, are never linked.
    `joins` are other groups that are evaluated together with `group` from now on.
    """

    group: str = ""
    own: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    separate_by: tuple[tuple[str, str], ...] = ()
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A next step: the advice in each language, and a command line that may be empty."""

    en: str
    ja: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class FailedOperation:
    """The end of an operation that failed: the change in its first entry did not take place."""

    time: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one rule or detector for one piece of evidence.

    `event_key` names the event (not the message), so that a second delivery of the event is recognized; `fingerprint`
    names the fault, so that its occurrences belong to one incident. `time` is event time. `fields` are the matched
    fields by path; `elements` are the array elements that an element-wise block matched, by the path of the array.
    `translations` have `title` and `summary` by language, such as `ja`. `changes` are the faults of a finding about
    several changes of one call: the name of each by its fingerprint. `state` is set if the evidence shows a state rather than
    a change: a person's resolution is not undone by an equal state. `since` is the start of the fault, if it is
    known and before `time`. `run` is the run that failed, if only a success of that same run resolves the fault. An
    `expired` finding arrived too late to change what is open now. One that `explains` says why a run failed, and opens no
    incident. One that is `announced` is about the first entry of an operation, which may fail; `failed` is set if it did.
    One that `replaces` the fingerprint and the group of an earlier finding about the same event corrects it. `error` is the
    class of the error of a job, `next_steps` are what a person looks at next. `mode` is that of the rule in its file.
    `reason_log` is the query for the log entries that may say why the run failed, if its own entry does not.
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
    links: JobLinks = JobLinks()
    changes: dict[str, str] = field(default_factory=dict)
    state: str = ""
    expired: bool = False
    explains: bool = False
    announced: bool = False
    failed: FailedOperation | None = None
    replaces: tuple[str, str] | None = None
    error: ErrorClass | None = None
    next_steps: tuple[NextStep, ...] = ()
    mode: RuleMode = RuleMode.ENABLED
    reason_log: str = ""


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """The state that a probe read at a time, as JSON. Kept for a few days so that a detector can compare states."""

    probe: str
    time: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recovery:
    """An event that ends a fault: incidents of `fingerprint` last seen at or before `time` resolve.

    `summary` describes the event; `translations` have it by language, as `{"ja": {"summary": …}}`. A recovery with a
    `run` resolves the failures of that run only. One of several changes undoes each fault of `changes`. One that is `failed`
    only says that the change of a finding with the same event key did not take place. A `withdrawn` one did not take place.
    """

    rule: str
    fingerprint: str
    time: datetime
    event_key: str
    summary: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    run: str = ""
    links: JobLinks = JobLinks()
    changes: dict[str, str] = field(default_factory=dict)
    failed: FailedOperation | None = None
    withdrawn: bool = False


class JobState(StrEnum):
    """The state of a run, in terms shared by all services."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class JobHealth(StrEnum):
    """The state of a job, most urgent first. A stopped job has not run for a week and for several of its intervals."""

    FAILING = "failing"
    MISSING = "missing"
    SLOW = "slow"
    RUNNING = "running"
    LEARNING = "learning"
    WELL = "well"
    STOPPED = "stopped"

    @property
    def is_trouble(self) -> bool:
        """Whether the job may need a person."""
        return self in {JobHealth.FAILING, JobHealth.MISSING, JobHealth.SLOW}
