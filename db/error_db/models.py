"""The tables of the Error DB.

Times are UTC. A `*_at` of an incident is event time (from the log entry); `received_at`, `created_at` and the
times of action runs are wall-clock time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import UtcDateTime

UNRESOLVED = text("status <> 'resolved'")
PENDING = text("state IN ('planned', 'running')")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class ErrorBase(DeclarativeBase):
    """All tables of the Error DB."""

    type_annotation_map: ClassVar = {datetime: UtcDateTime(), dict[str, Any]: Json, list[str]: Json}


metadata = ErrorBase.metadata


class Incident(ErrorBase):
    """Findings of one fingerprint while it is not resolved."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_unresolved", "fingerprint", unique=True, postgresql_where=UNRESOLVED, sqlite_where=UNRESOLVED
        ),
        Index("ix_incidents_status_last_seen", "status", "last_seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the incident")
    fingerprint: Mapped[str] = mapped_column(
        String(64), index=True, comment="Names the fault; one unresolved incident each"
    )
    rule: Mapped[str] = mapped_column(String(200), comment="Rule or detector that opened it")
    title: Mapped[str] = mapped_column(Text, comment="Title of the rule")
    kind: Mapped[str] = mapped_column(String(20), comment="irregular_access, job_failure or load_issue")
    severity: Mapped[str] = mapped_column(String(20), comment="Highest severity seen, a Sigma level")
    service: Mapped[str] = mapped_column(String(40), comment="Watched service, such as bigquery")
    project: Mapped[str] = mapped_column(String(100), comment="Google Cloud project, empty where there is none")
    resource: Mapped[str] = mapped_column(Text, comment="What is affected")
    principal: Mapped[str] = mapped_column(Text, comment="Who did it, empty where unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line of the latest occurrence")
    status: Mapped[str] = mapped_column(String(20), comment="open, acknowledged or resolved")
    opened_at: Mapped[datetime] = mapped_column(comment="Event time of the earliest occurrence")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Event time of the latest occurrence")
    occurrence_count: Mapped[int] = mapped_column(default=0, comment="Distinct events, redeliveries not counted")
    acknowledged_at: Mapped[datetime | None] = mapped_column(comment="When someone took it")
    acknowledged_by: Mapped[str | None] = mapped_column(Text, comment="Who took it")
    resolved_at: Mapped[datetime | None] = mapped_column(comment="Event time of the recovery")
    resolution: Mapped[str | None] = mapped_column(
        Text, comment="Why it is resolved: recovery event, repair, person or quiet"
    )
    resolved_by: Mapped[str | None] = mapped_column(String(20), comment="recovery, person, repair or quiet")
    unrepaired: Mapped[dict[str, Any]] = mapped_column(
        default=dict,
        server_default="{}",
        comment="Runs that failed and did not succeed since, with the time of failure",
    )
    later_success_at: Mapped[datetime | None] = mapped_column(
        comment="Event time of the latest success of another run, while this one is unrepaired"
    )
    quiet_seconds: Mapped[int | None] = mapped_column(comment="Resolve after so many seconds without an occurrence")
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="Labels for matching handler rules")
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi first heard of it")


class Occurrence(ErrorBase):
    """One finding of an incident: the evidence."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("rule", "event_key", "fingerprint", name="uq_occurrences_event"),
        Index("ix_occurrences_incident_time", "incident_id", "time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the occurrence")
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), comment="Its incident")
    rule: Mapped[str] = mapped_column(String(200), comment="Rule or detector that found it")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="Fingerprint of the finding")
    event_key: Mapped[str] = mapped_column(String(300), comment="Names the event; a redelivery has the same")
    severity: Mapped[str] = mapped_column(String(20), comment="Severity of this finding")
    time: Mapped[datetime] = mapped_column(comment="Event time")
    began_at: Mapped[datetime | None] = mapped_column(comment="When the fault began, where that is known to be earlier")
    run: Mapped[str] = mapped_column(
        String(200), default="", server_default="", comment="Run that failed, empty where runs are not told apart"
    )
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded it")
    message_id: Mapped[str] = mapped_column(String(100), comment="Pub/Sub message that brought it")
    log_name: Mapped[str] = mapped_column(Text, comment="logName of the entry")
    insert_id: Mapped[str] = mapped_column(Text, comment="insertId of the entry")
    log_url: Mapped[str] = mapped_column(Text, comment="Logs Explorer at this entry")
    principal: Mapped[str] = mapped_column(Text, comment="Who did it, empty where unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="Matched fields and array elements, redacted")


class Fault(ErrorBase):
    """What is known of one fingerprint for good; its row is the lock under which incidents of it change."""

    __tablename__ = "faults"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Names the fault")
    rule: Mapped[str] = mapped_column(String(200), comment="Rule that named it first")
    recovered_at: Mapped[datetime | None] = mapped_column(comment="Event time of the latest recovery seen")
    recovery: Mapped[str | None] = mapped_column(Text, comment="One line of that recovery")
    touched_at: Mapped[datetime] = mapped_column(index=True, comment="When this row last changed")


class RecoveryRow(ErrorBase):
    """What ended a fault, or one run of it: kept so that failures which arrive late find their place."""

    __tablename__ = "recoveries"
    __table_args__ = (UniqueConstraint("fingerprint", "time", "run", name="uq_recoveries"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the recovery")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="Fault that it ends")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    run: Mapped[str] = mapped_column(String(200), default="", comment="Run that it repairs, empty for all")
    kind: Mapped[str] = mapped_column(String(20), comment="recovery, person, repair or quiet")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    unless_after: Mapped[datetime | None] = mapped_column(
        comment="Of a quiet period: void when a failure after this time is found later"
    )


class HandlerRule(ErrorBase):
    """Which incidents lead to which action; written by `hinomi handlers apply`."""

    __tablename__ = "handler_rules"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Name in handlers.yaml")
    position: Mapped[int] = mapped_column(comment="Order in the file; rules are tried in this order")
    enabled: Mapped[bool] = mapped_column(default=True, comment="False: kept, but never runs")
    spec: Mapped[dict[str, Any]] = mapped_column(comment="match, on, action, params, mode, cooldown, budget as checked")
    applied_at: Mapped[datetime] = mapped_column(comment="When it was applied")


class ActionRun(ErrorBase):
    """One execution of an action, recorded before and after."""

    __tablename__ = "action_runs"
    __table_args__ = (
        UniqueConstraint("incident_id", "handler_rule", "trigger", "cause", name="uq_action_runs_cause"),
        Index("ix_action_runs_due", "not_before", postgresql_where=PENDING, sqlite_where=PENDING),
        Index("ix_action_runs_target", "handler_rule", "target", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the run")
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), index=True, comment="Its incident"
    )
    occurrence_id: Mapped[int | None] = mapped_column(
        ForeignKey("occurrences.id", ondelete="SET NULL"), index=True, comment="The occurrence that led to it"
    )
    handler_rule: Mapped[str] = mapped_column(String(100), comment="Handler rule that asked for it")
    trigger: Mapped[str] = mapped_column(String(20), comment="opened, reoccurred, escalated or resolved")
    cause: Mapped[str] = mapped_column(String(300), comment="Event key behind the trigger: one run for each")
    action: Mapped[str] = mapped_column(String(60), comment="Name of the action in this code base")
    target: Mapped[str] = mapped_column(Text, comment="What the action touches; cooldowns count by it")
    params: Mapped[dict[str, Any]] = mapped_column(comment="Checked parameters")
    mode: Mapped[str] = mapped_column(String(10), comment="dry_run or auto")
    state: Mapped[str] = mapped_column(String(10), comment="planned, running, done, failed or skipped")
    reason: Mapped[str | None] = mapped_column(String(40), comment="Named reason of skipped")
    not_before: Mapped[datetime] = mapped_column(comment="Do not try before")
    attempts: Mapped[int] = mapped_column(default=0, comment="Times claimed")
    lease_owner: Mapped[str | None] = mapped_column(String(100), comment="Who is running it")
    lease_until: Mapped[datetime | None] = mapped_column(comment="After this another worker may claim it")
    result: Mapped[str | None] = mapped_column(Text, comment="One line: what was done")
    error: Mapped[str | None] = mapped_column(Text, comment="One line: why it failed last")
    undo: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="What would take the change back")
    details: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="What the other side answered")
    created_at: Mapped[datetime] = mapped_column(comment="When it was planned")
    started_at: Mapped[datetime | None] = mapped_column(comment="When it was last claimed")
    finished_at: Mapped[datetime | None] = mapped_column(comment="When it was done, failed or skipped")


class Silence(ErrorBase):
    """Incidents that match are recorded, but no action runs for them until it expires."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the silence")
    matcher: Mapped[dict[str, Any]] = mapped_column(comment="The match block of a handler rule")
    owner: Mapped[str] = mapped_column(Text, comment="Who asked for it")
    reason: Mapped[str] = mapped_column(Text, comment="Why")
    starts_at: Mapped[datetime] = mapped_column(comment="From")
    expires_at: Mapped[datetime] = mapped_column(index=True, comment="Until")
    hidden_count: Mapped[int] = mapped_column(default=0, comment="Action runs that it held back")
    created_at: Mapped[datetime] = mapped_column(comment="When it was made")


class RejectedMessage(ErrorBase):
    """A message that can never be understood, whole."""

    __tablename__ = "rejected_messages"
    __table_args__ = (UniqueConstraint("message_id", "digest", name="uq_rejected_messages"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the message here")
    message_id: Mapped[str] = mapped_column(String(100), comment="Pub/Sub message id, empty where there is none")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the body")
    reason: Mapped[str] = mapped_column(Text, comment="Why it was not understood")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="The HTTP body as it came")
    attributes: Mapped[dict[str, Any]] = mapped_column(comment="Message attributes, where they could be read")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it came")
    replayed_at: Mapped[datetime | None] = mapped_column(
        comment="When it was sent again, once what was wrong is mended"
    )


class CorrelationEvent(ErrorBase):
    """One event that a correlation rule counts."""

    __tablename__ = "correlation_events"
    __table_args__ = (Index("ix_correlation_events_window", "rule", "group_key", "time"),)

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="Correlation rule")
    event_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Names the event")
    group_key: Mapped[str] = mapped_column(String(64), comment="Hash of the group-by values")
    value: Mapped[str] = mapped_column(Text, default="", comment="Value that a value_count counts")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")


class SeenValue(ErrorBase):
    """A value that a first-seen rule has met."""

    __tablename__ = "seen_values"

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="First-seen rule")
    value_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Hash of the values")
    first_seen_at: Mapped[datetime] = mapped_column(comment="Event time of the earliest event")
    last_seen_at: Mapped[datetime] = mapped_column(index=True, comment="Event time of the latest event")


class Operation(ErrorBase):
    """One half of a long operation, kept until its other half comes."""

    __tablename__ = "operations"

    operation_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="producer/id of the operation")
    start: Mapped[dict[str, Any]] = mapped_column(comment="What the first entry says and the last one lacks")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time of the first entry")


class SplitPart(ErrorBase):
    """One part of an audit entry that Cloud Logging split."""

    __tablename__ = "split_parts"

    uid: Mapped[str] = mapped_column(String(200), primary_key=True, comment="split.uid")
    part: Mapped[int] = mapped_column(primary_key=True, comment="split.index")
    total: Mapped[int] = mapped_column(comment="split.totalSplits")
    entry: Mapped[dict[str, Any]] = mapped_column(comment="The entry; it goes when all parts are here")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it came")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="When the entry was used; the row stays so that a redelivery is known"
    )


class Channel(ErrorBase):
    """When a notification channel may be used next; claimed by a filtered UPDATE."""

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="notifier:channel")
    next_at: Mapped[datetime] = mapped_column(comment="No message before this")
    full_at: Mapped[datetime] = mapped_column(comment="When its bucket of messages is full again")
