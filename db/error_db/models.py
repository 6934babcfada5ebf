"""The tables of the Error DB.

Times are UTC. A `*_at` of an incident is event time (from the log entry); `received_at`, `created_at` and the
times of action runs are wall-clock time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import EventTime, Json, partial_index

UNRESOLVED = text("status <> 'resolved'")
MERGED = text("merged_numbers IS NOT NULL")
PENDING = text("state IN ('planned', 'running')")


class ErrorBase(DeclarativeBase):
    """All tables of the Error DB."""

    type_annotation_map: ClassVar = {datetime: EventTime(), dict[str, Any]: Json(), list[str]: Json()}


metadata = ErrorBase.metadata


class Incident(ErrorBase):
    """Findings of one fingerprint while it is not resolved."""

    __tablename__ = "incidents"
    __table_args__ = (
        partial_index("uq_incidents_unresolved", "fingerprint", unique=True, where=UNRESOLVED),
        Index("ix_incidents_status_last_seen", "status", "last_seen_at"),
        partial_index("ix_incidents_merged", "id", where=MERGED),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the incident")
    fingerprint: Mapped[str] = mapped_column(
        String(64), index=True, comment="Identifies the problem; at most one unresolved incident each"
    )
    fault_group: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="Group of jobs whose incidents are evaluated together"
    )
    rule: Mapped[str] = mapped_column(String(200), comment="Rule or detector that opened it")
    title: Mapped[str] = mapped_column(Text, comment="Title of the rule")
    kind: Mapped[str] = mapped_column(String(20), comment="irregular_access, job_failure or load_issue")
    severity: Mapped[str] = mapped_column(String(20), comment="Highest severity seen, a Sigma level")
    service: Mapped[str] = mapped_column(String(40), comment="Monitored service, such as bigquery")
    project: Mapped[str] = mapped_column(String(100), comment="Google Cloud project, empty when there is none")
    resource: Mapped[str] = mapped_column(Text, comment="Affected resource")
    principal: Mapped[str] = mapped_column(Text, comment="Account that caused it, empty when unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line about the latest occurrence")
    reason: Mapped[str | None] = mapped_column(Text, comment="Why the run failed, from another entry of it")
    effects: Mapped[list[str] | None] = mapped_column(comment="Resources of the jobs that failed because of it")
    status: Mapped[str] = mapped_column(String(20), comment="open, acknowledged or resolved")
    opened_at: Mapped[datetime] = mapped_column(comment="Event time of the earliest occurrence")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Event time of the latest occurrence")
    occurrence_count: Mapped[int] = mapped_column(default=0, comment="Distinct events, redeliveries not counted")
    acknowledged_at: Mapped[datetime | None] = mapped_column(comment="When a person acknowledged it")
    acknowledged_by: Mapped[str | None] = mapped_column(Text, comment="Person who acknowledged it")
    resolved_at: Mapped[datetime | None] = mapped_column(comment="Event time of the recovery")
    resolution: Mapped[str | None] = mapped_column(Text, comment="Reason of the resolution, one line")
    resolved_by: Mapped[str | None] = mapped_column(String(20), comment="recovery, person, repair, quiet or expired")
    unrepaired: Mapped[dict[str, Any]] = mapped_column(
        default=dict,
        server_default="{}",
        comment="Runs that failed and did not succeed since, with the time of failure",
    )
    later_success_at: Mapped[datetime | None] = mapped_column(
        comment="Event time of the latest success of another run, while this one is unrepaired"
    )
    flapping_since: Mapped[datetime | None] = mapped_column(
        comment="When it began to flap, that is to fail and recover repeatedly"
    )
    calm_at: Mapped[datetime | None] = mapped_column(
        comment="Last recovery of a flapping incident, if no failure followed"
    )
    quiet_seconds: Mapped[int | None] = mapped_column(comment="Close after this many seconds without an occurrence")
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="Labels that handler rules match")
    merged_numbers: Mapped[list[int] | None] = mapped_column(
        Json(), comment="Numbers of the incidents that were merged into it"
    )
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded the first occurrence")


class Occurrence(ErrorBase):
    """One finding of an incident, with its evidence."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("rule", "event_key", "fingerprint", name="uq_occurrences_event"),
        Index("ix_occurrences_incident_time", "incident_id", "time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the occurrence")
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), comment="Incident that it belongs to"
    )
    rule: Mapped[str] = mapped_column(String(200), comment="Rule or detector that made the finding")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="Fingerprint of the finding")
    event_key: Mapped[str] = mapped_column(String(300), comment="Identifies the event; the same in every delivery")
    severity: Mapped[str] = mapped_column(String(20), comment="Severity of this finding")
    time: Mapped[datetime] = mapped_column(comment="Event time")
    began_at: Mapped[datetime | None] = mapped_column(comment="When the problem began, if known to be before time")
    run: Mapped[str] = mapped_column(
        String(200), default="", server_default="", comment="Run that failed, empty when a rule does not separate runs"
    )
    links: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Names of the job and of the jobs that fail with it, and the incident's names then"
    )
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded it")
    message_id: Mapped[str] = mapped_column(String(100), comment="Id of the Pub/Sub message")
    log_name: Mapped[str] = mapped_column(Text, comment="logName of the entry")
    insert_id: Mapped[str] = mapped_column(Text, comment="insertId of the entry")
    log_url: Mapped[str] = mapped_column(Text, comment="Link to the entry in the Logs Explorer")
    principal: Mapped[str] = mapped_column(Text, comment="Account that caused it, empty when unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="Matched fields and array elements, redacted")


class FingerprintState(ErrorBase):
    """One row per fingerprint: its latest recovery. The row lock orders all changes of the fingerprint's incidents."""

    __tablename__ = "fingerprint_state"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Identifies the problem")
    rule: Mapped[str] = mapped_column(String(200), comment="Rule of the first finding or recovery")
    recovered_at: Mapped[datetime | None] = mapped_column(comment="Event time of the latest recovery")
    recovery: Mapped[str | None] = mapped_column(Text, comment="One line about that recovery")
    touched_at: Mapped[datetime] = mapped_column(index=True, comment="When this row last changed")
    joined: Mapped[str | None] = mapped_column(
        String(64), comment="Group that this group or fingerprint belongs to now"
    )


class ReasonRow(ErrorBase):
    """The latest line that says why a run failed, for each rule and each set of jobs that the line names."""

    __tablename__ = "reasons"

    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Digest of its names")
    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="Rule that found the line")
    fault_group: Mapped[str] = mapped_column(String(64), index=True, comment="Group of jobs of the run")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    severity: Mapped[str] = mapped_column(String(20), comment="How much the line says, a Sigma level")
    links: Mapped[dict[str, Any]] = mapped_column(comment="Names of the run, and of the jobs that the line names")
    text: Mapped[str] = mapped_column(Text, comment="The line, redacted")


class RecoveryRow(ErrorBase):
    """One recovery of a fingerprint, or of one run of it; late failures are compared with it."""

    __tablename__ = "recoveries"
    __table_args__ = (UniqueConstraint("fingerprint", "time", "run", name="uq_recoveries"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the recovery")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="Fingerprint that recovered")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    run: Mapped[str] = mapped_column(String(200), default="", comment="Run that it repairs, empty for all runs")
    kind: Mapped[str] = mapped_column(String(20), comment="recovery, person, repair or quiet")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    unless_after: Mapped[datetime | None] = mapped_column(
        comment="Only of a quiet period: invalid if a failure after this time arrives later"
    )


class HandlerRule(ErrorBase):
    """Which incidents start which action, as applied by `hinomi handlers apply`."""

    __tablename__ = "handler_rules"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Name in handlers.yaml")
    position: Mapped[int] = mapped_column(comment="Order in the file, in which rules are evaluated")
    enabled: Mapped[bool] = mapped_column(default=True, comment="False: stored, but not run")
    spec: Mapped[dict[str, Any]] = mapped_column(
        comment="match, on, action, params, mode, cooldown, budget after validation"
    )
    applied_at: Mapped[datetime] = mapped_column(comment="When it was applied")


class HandlerRuleVersion(ErrorBase):
    """The handler rules after one change."""

    __tablename__ = "handler_rule_versions"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the version")
    changed_at: Mapped[datetime] = mapped_column(comment="When the rules were changed")
    changed_by: Mapped[str] = mapped_column(Text, comment="Person or job that changed them, empty if unknown")
    source: Mapped[str] = mapped_column(String(20), comment="file, command, rollback, dashboard, or unknown")
    note: Mapped[str] = mapped_column(Text, comment="Reason of the change, one line")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(Json(), comment="All rules after the change, in their order")
    defaults: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="The block of defaults that rules inherit")
    file: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="The rules of the file that was last applied, by name"
    )


class ActionRun(ErrorBase):
    """One execution of an action, recorded before and after."""

    __tablename__ = "action_runs"
    __table_args__ = (
        UniqueConstraint("incident_id", "handler_rule", "trigger", "cause", name="uq_action_runs_cause"),
        partial_index("ix_action_runs_due", "not_before", where=PENDING),
        Index("ix_action_runs_target", "handler_rule", "target", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the run")
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), index=True, comment="Incident that it belongs to"
    )
    occurrence_id: Mapped[int | None] = mapped_column(
        ForeignKey("occurrences.id", ondelete="SET NULL"), index=True, comment="Occurrence that caused it"
    )
    number_before: Mapped[int | None] = mapped_column(
        comment="Number of its incident before others were merged with it, null if none was since"
    )
    handler_rule: Mapped[str] = mapped_column(String(100), comment="Handler rule that planned it")
    trigger: Mapped[str] = mapped_column(String(20), comment="opened, reoccurred, escalated or resolved")
    cause: Mapped[str] = mapped_column(String(300), comment="Event key of the trigger: one run for each")
    action: Mapped[str] = mapped_column(String(60), comment="Name of the action")
    target: Mapped[str] = mapped_column(Text, comment="Target of the action; cooldowns are per target")
    params: Mapped[dict[str, Any]] = mapped_column(comment="Parameters after validation")
    mode: Mapped[str] = mapped_column(String(10), comment="dry_run or auto")
    state: Mapped[str] = mapped_column(String(10), comment="planned, running, done, failed or skipped")
    reason: Mapped[str | None] = mapped_column(String(40), comment="Reason code of a skipped run")
    decision: Mapped[list[dict[str, Any]] | None] = mapped_column(
        Json(), comment="Result of each stage of the decision: stage, reason, whether it stops the run, values"
    )
    approval: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Who may approve, for how many seconds, and the plan by language; null if no approval is needed"
    )
    approval_until: Mapped[datetime | None] = mapped_column(
        comment="Until when it waits for approval, null before the plan is known"
    )
    decided_by: Mapped[str | None] = mapped_column(
        Text, comment="Person who approved or denied it, empty if the time limit denied it"
    )
    decided_at: Mapped[datetime | None] = mapped_column(comment="When it was approved or denied")
    not_before: Mapped[datetime] = mapped_column(comment="Earliest time of the next attempt")
    attempts: Mapped[int] = mapped_column(default=0, comment="Number of attempts")
    lease_owner: Mapped[str | None] = mapped_column(String(100), comment="Worker that is running it")
    lease_until: Mapped[datetime | None] = mapped_column(
        comment="End of the lease; afterwards another worker may claim the run"
    )
    result: Mapped[str | None] = mapped_column(Text, comment="Result, one line")
    error: Mapped[str | None] = mapped_column(Text, comment="Error of the last attempt, one line")
    undo: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="How to undo the change")
    details: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Further results, such as the translations of the texts"
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was planned")
    started_at: Mapped[datetime | None] = mapped_column(comment="When it was last claimed")
    finished_at: Mapped[datetime | None] = mapped_column(comment="When it was done, failed or skipped")


class Silence(ErrorBase):
    """Mutes actions for matching incidents until it expires; the incidents are recorded."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the silence")
    matcher: Mapped[dict[str, Any]] = mapped_column(comment="The match block of a handler rule")
    owner: Mapped[str] = mapped_column(Text, comment="Person who created the silence")
    reason: Mapped[str] = mapped_column(Text, comment="Reason, one line")
    starts_at: Mapped[datetime] = mapped_column(comment="Begin")
    expires_at: Mapped[datetime] = mapped_column(index=True, comment="End")
    hidden_count: Mapped[int] = mapped_column(default=0, comment="Number of action runs that it suppressed")
    created_at: Mapped[datetime] = mapped_column(comment="When it was created")


class RejectedMessage(ErrorBase):
    """A complete message that cannot be parsed."""

    __tablename__ = "rejected_messages"
    __table_args__ = (UniqueConstraint("message_id", "digest", name="uq_rejected_messages"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the rejected message")
    message_id: Mapped[str] = mapped_column(String(100), comment="Pub/Sub message id, empty when there is none")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the body")
    reason: Mapped[str] = mapped_column(Text, comment="Why it was rejected")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="HTTP body as received")
    attributes: Mapped[dict[str, Any]] = mapped_column(comment="Message attributes, if readable")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it was received")
    replayed_at: Mapped[datetime | None] = mapped_column(comment="When it was published again")


class CorrelationEventRow(ErrorBase):
    """One event that a correlation rule counts."""

    __tablename__ = "correlation_events"
    __table_args__ = (Index("ix_correlation_events_window", "rule", "group_key", "time"),)

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="Correlation rule")
    event_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the event")
    group_key: Mapped[str] = mapped_column(String(64), comment="Hash of the group-by values")
    value: Mapped[str] = mapped_column(Text, default="", comment="Value that a value_count counts")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")


class SeenValue(ErrorBase):
    """Unused. Earlier releases delete from the table, so a migration can drop it only one release later."""

    __tablename__ = "seen_values"

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="First-seen rule")
    value_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Hash of the values")
    first_seen_at: Mapped[datetime] = mapped_column(comment="Event time of the earliest event")
    last_seen_at: Mapped[datetime] = mapped_column(index=True, comment="Event time of the latest event")


class OperationRow(ErrorBase):
    """The first entry of a long operation, kept until the last entry arrives."""

    __tablename__ = "operations"

    operation_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="producer/id of the operation")
    start: Mapped[dict[str, Any]] = mapped_column(comment="Fields of the first entry that the last entry lacks")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time of the first entry")


class ResourceFactRow(ErrorBase):
    """The fields of a resource that one entry showed, for entries that contain only a change."""

    __tablename__ = "resource_facts"

    resource_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Hash of the rule and the resource")
    event_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the event")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    whole: Mapped[bool] = mapped_column(comment="Whether it replaces what earlier entries showed")
    fields: Mapped[dict[str, Any]] = mapped_column(comment="The fields, nested as in the entry")


class SplitPart(ErrorBase):
    """One part of an audit entry that Cloud Logging split."""

    __tablename__ = "split_parts"

    uid: Mapped[str] = mapped_column(String(200), primary_key=True, comment="split.uid")
    part: Mapped[int] = mapped_column(primary_key=True, comment="split.index")
    total: Mapped[int] = mapped_column(comment="split.totalSplits")
    entry: Mapped[dict[str, Any]] = mapped_column(comment="The entry; emptied when all parts have arrived")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it was received")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="When the entry was evaluated; the row stays to recognize a redelivery"
    )


class ReporterTopic(ErrorBase):
    """A reporter that has published to its own topic while the topic shared by all reporters is still open."""

    __tablename__ = "reporter_topics"

    reporter: Mapped[str] = mapped_column(String(60), primary_key=True, comment="Name in reporters.yaml")
    used_at: Mapped[datetime] = mapped_column(comment="When the reporter first published to its own topic")


class Channel(ErrorBase):
    """A notification channel: its rate limit, whether it is broken, and its current window of single cards."""

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="notifier:channel")
    next_at: Mapped[datetime] = mapped_column(comment="Earliest time of the next message")
    full_at: Mapped[datetime] = mapped_column(comment="When the bucket of the rate limit is full again")
    failures: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Failed attempts since the last message that was accepted"
    )
    failing_since: Mapped[datetime | None] = mapped_column(comment="Time of the first of these failed attempts")
    broken_since: Mapped[datetime | None] = mapped_column(
        comment="Since when notifications wait because the channel is broken, null while it works"
    )
    reason: Mapped[str | None] = mapped_column(Text, comment="Error of the last failed attempt, one line")
    next_attempt_at: Mapped[datetime | None] = mapped_column(comment="When a broken channel is tried again")
    repaired_at: Mapped[datetime | None] = mapped_column(comment="When the channel last worked again")
    window_at: Mapped[datetime | None] = mapped_column(comment="Begin of the latest window of single cards")
    window_cards: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Cards that were sent in this window"
    )
    window_waiting: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="Whether notifications wait for the digest at the window's end"
    )
    window_services: Mapped[list[str] | None] = mapped_column(
        comment="Services that had a card of their own in this window"
    )
