"""Rows of the Error DB as plain values, for handlers, notifiers and the command line."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.texts import Text

REPORTS = "report/"  # the rule of a report has the name of its reporter: report/NAME
CHECKS = "quality/"  # rules about results of data quality checks that a declared query reads


class SystemPlace(NamedTuple):
    """The place of a system, such as an Airflow environment, which distinguishes two systems with the same name.

    Empty if unknown.
    """

    project: str
    location: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an incident, from the table of owners or the platform map (handlers/owners).

    `matched` is the pattern that decided, such as `service bigquery`; empty for the entry that matches everything. Its
    `channel`, or the person on call of the rotation `on_call`, is notified.
    """

    name: str
    tier: str = ""
    runbook: str = ""
    matched: str = ""
    channel: str = ""
    on_call: str = ""


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident. `evidence` and `log_url` come from its latest occurrence, or from the requested occurrence.

    `evidence` has `fields` (matched fields by path), `elements` (matched array elements by the path of the array) and
    `labels`, all redacted. `*_at` are event times, except `acknowledged_at` and `received_at`. `unrepaired_runs` are the
    runs that failed and did not succeed since; `later_success_at` is the time at which another run succeeded. `reason` says
    why the run failed, from another entry of it, `error` what kind of error that was; `effects` are the resources of the
    jobs that failed because of it. `owner` is set where the incident is shown to people; None if there is no owner, or if
    it was not looked up.
    """

    id: int
    fingerprint: str
    rule: str
    title: str
    kind: IncidentKind
    severity: Severity
    service: str
    project: str
    resource: str
    principal: str
    summary: str
    status: Status
    opened_at: datetime
    last_seen_at: datetime
    occurrence_count: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolution: str | None
    quiet_seconds: int | None
    labels: dict[str, str]
    received_at: datetime
    evidence: dict[str, Any] = field(default_factory=dict)
    log_url: str = ""
    resolved_by: str | None = None
    unrepaired_runs: tuple[str, ...] = ()
    later_success_at: datetime | None = None
    flapping_since: datetime | None = None
    reason: str | None = None
    error: ErrorClass | None = None
    effects: tuple[str, ...] = ()
    merged_numbers: tuple[int, ...] = ()
    false_alarm_at: datetime | None = None
    false_alarm_by: str | None = None
    false_alarm_reason: str | None = None
    owner: Owner | None = None

    @property
    def is_report(self) -> bool:
        """Whether the labels are free text of a reporter or of a queried table.

        A reporter's declaration limits the resource only.
        """
        return self.rule.startswith((REPORTS, CHECKS))

    @property
    def is_closed(self) -> bool:
        """Whether the incident ended without a recovery: after a quiet period, with a failed operation, or because it arrived too late."""
        return self.resolved_by in ("quiet", "failed", "expired")


@dataclass(frozen=True, slots=True)
class OccurrenceView:
    """One finding of an incident."""

    id: int
    rule: str
    event_key: str
    severity: Severity
    time: datetime
    received_at: datetime
    message_id: str
    log_name: str
    insert_id: str
    log_url: str
    principal: str
    summary: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunView:
    """One execution of an action: planned, running or finished.

    `decision` is what each stage decided (handlers/stages), as JSON; empty for a run of an earlier release. `approval` says
    who may approve, for how many `seconds`, and the `plan` by language; None if no approval is needed. It waits until
    `approval_until`. `decided_by` is empty if the time limit denied it. `held_until` is when the hours of its rule begin,
    if it was planned outside them. `number_before` is the number of its incident before the latest merge; None for a run
    after the merge. Of a remediation: `plan_made` is the plan (calls, precondition, state before) as JSON, `after` the
    state when it was verified, `verdict` whether the fault is fixed, `refusal` why it refused to run. `undo_of` is the
    number of the run that it undoes. `worker` is the worker that takes it, None for the function.
    """

    id: int
    incident_id: int
    occurrence_id: int | None
    handler_rule: str
    trigger: Trigger
    cause: str
    action: str
    target: str
    params: dict[str, Any]
    mode: Mode
    state: RunState
    reason: str | None
    not_before: datetime
    attempts: int
    result: str | None
    error: str | None
    undo: dict[str, Any] | None
    details: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    held_until: datetime | None = None
    decision: tuple[dict[str, Any], ...] = ()
    approval: dict[str, Any] | None = None
    approval_until: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    number_before: int | None = None
    plan_made: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    verdict: str | None = None
    verify_at: datetime | None = None
    refusal: str | None = None
    undo_of: int | None = None
    undone_at: datetime | None = None
    worker: str | None = None

    @property
    def needs_approval(self) -> bool:
        """Whether the run needs a decision that nobody has made yet."""
        return self.approval is not None and self.decided_at is None

    @property
    def waits_for_approval(self) -> bool:
        """Whether the plan is known and waits for a person's decision."""
        return self.needs_approval and self.approval_until is not None

    @property
    def approvers(self) -> tuple[str, ...]:
        """Patterns of the persons who may approve; empty if anybody may."""
        return tuple((self.approval or {}).get("approvers", ()))

    @property
    def did_not_help(self) -> bool:
        """Whether the run did its work, but verification found that the fault remains."""
        return self.state is RunState.DONE and self.verdict == "not_fixed"

    @property
    def can_be_undone(self) -> bool:
        """Whether the run changed something that `hinomi handlers undo` can reverse and that is not reversed yet; a failed run may have."""
        is_finished = self.state in (RunState.DONE, RunState.FAILED)
        return bool(self.undo) and is_finished and self.undone_at is None

    @property
    def approved_plan(self) -> str:
        """The fingerprint of the plan that a person approved; empty if nobody did."""
        return str((self.approval or {}).get("fingerprint", "")) if self.decided_at else ""

    def plan(self, language: str) -> str:
        """The changes that the run would make, for the person who approves; empty before it is known."""
        plan = (self.approval or {}).get("plan") or {}
        return str(plan.get(language) or plan.get("en", ""))


@dataclass(frozen=True, slots=True)
class BreakerView:
    """The circuit breaker of a handler rule, open since `opened_at`. At `retry_at`, one run (`trial_run`) is a trial."""

    handler_rule: str
    failures: int
    reason: Text
    opened_at: datetime | None
    retry_at: datetime | None
    trial_run: int | None


@dataclass(frozen=True, slots=True)
class CallView:
    """One call of a remediation. `effect` is made, none, or unknown if no response arrived; `status` is the HTTP status."""

    attempt: int
    method: str
    resource: str
    body: dict[str, Any] | None
    effect: str
    status: int | None
    answer: str | None
    called_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """A message of a worker on-premises about an order, or, with the state `alive`, about itself, its `machine` and the `scripts` that it runs.

    `state` is alive, started, ended, refused or unknown. `exit`, `output` and `milliseconds` describe a script that
    ended, `reason` (by language) an order that was refused. `time` is the time of the worker's clock.
    """

    order: str
    worker: str
    state: str
    time: datetime
    run: int = 0
    exit: int | None = None
    output: str = ""
    milliseconds: int = 0
    timed_out: bool = False
    reason: dict[str, str] | None = None
    scripts: tuple[str, ...] = ()
    machine: str = ""


WORKER_SILENT_AFTER = timedelta(minutes=12)  # a worker says at least every five minutes that it is alive


@dataclass(frozen=True, slots=True)
class WorkerMachine:
    """A machine on which a worker runs on-premises. Times are those of the function or the database, not of its clock."""

    worker: str
    machine: str
    alive_since: datetime
    seen_at: datetime
    is_subscribed: bool
    scripts: tuple[str, ...]

    def is_alive(self, now: datetime) -> bool:
        """Whether the worker sent a heartbeat recently."""
        return self.seen_at >= now - WORKER_SILENT_AFTER


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker on-premises: the time of its last message, through a subscription or the database, and its scripts."""

    name: str
    seen_at: datetime
    is_subscribed: bool
    scripts: tuple[str, ...]

    def is_alive(self, now: datetime) -> bool:
        """Whether the worker sent a heartbeat recently."""
        return self.seen_at >= now - WORKER_SILENT_AFTER


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """A change of an incident. `cause` identifies the event behind it: there is one action run for each cause.

    `incident` has the evidence and labels of that event, even if a later event arrived before it. For a recovery, which has
    no occurrence, they are those of the latest occurrence. `joined` marks the first failure of a job in an incident that
    another job opened; `incident` then describes that job. `repeats` marks a reminder that nobody has acknowledged the
    incident.
    """

    incident: IncidentView
    trigger: Trigger
    cause: str
    occurrence_id: int | None
    joined: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """One incident with its latest occurrences (latest first) and all its action runs (earliest first)."""

    incident: IncidentView
    occurrences: list[OccurrenceView]
    runs: list[RunView]


@dataclass(frozen=True, slots=True)
class SilenceView:
    """Mutes actions for matching incidents from `starts_at` until `expires_at`; the incidents are recorded.

    With `recurrence` (weekly windows and their time zone, as JSON) only within these windows.
    """

    id: int
    matcher: dict[str, Any]
    owner: str
    reason: str
    starts_at: datetime
    expires_at: datetime
    hidden_count: int
    created_at: datetime
    recurrence: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HandlerRuleView:
    """A handler rule as applied. `spec` is its validated form."""

    name: str
    position: int
    enabled: bool
    spec: dict[str, Any]
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRule:
    """One handler rule of a version: its validated form, and whether a person enabled or disabled it by hand."""

    name: str
    spec: dict[str, Any]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """All handler rules after one change, in their order.

    `source` says what made the change: file, command, rollback, dashboard, or unknown (a release that stored no versions).
    `defaults` is the block of `defaults`, rotations and owners. `file` has the specs of the last applied file, by name, and
    `file_defaults` the block of that file; both are None if no file was applied.
    """

    id: int
    changed_at: datetime
    changed_by: str
    source: str
    note: str
    rules: tuple[StoredRule, ...]
    defaults: dict[str, Any]
    file: dict[str, Any] | None
    file_defaults: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A notification channel. `failures` counts the failed attempts since it last worked, with the latest `reason`.

    `broken_since` is None while it works; a broken channel is retried at `next_attempt_at`. `repaired_at` is when it
    last worked again.
    """

    name: str
    failures: int
    broken_since: datetime | None
    reason: str | None
    next_attempt_at: datetime | None
    repaired_at: datetime | None
