"""Incidents, their occurrences, and the state of their fingerprints."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ACKNOWLEDGED, FALSE_ALARMS, MERGED, UNRESOLVED, ErrorBase
from db.types import Json, partial_index


class Incident(ErrorBase):
    """The findings of one fingerprint until the fault is resolved."""

    __tablename__ = "incidents"
    __table_args__ = (
        partial_index("uq_incidents_unresolved", "fingerprint", unique=True, where=UNRESOLVED),
        Index("ix_incidents_status_last_seen", "status", "last_seen_at"),
        partial_index("ix_incidents_merged", "id", where=MERGED),
        Index("ix_incidents_seen", "last_seen_at", "id"),
        Index("ix_incidents_rule_seen", "rule", "last_seen_at", "id"),
        Index("ix_incidents_opened_outcome", "opened_at", "rule", "resolved_by", "acknowledged_at"),
        Index("ix_incidents_rule_opened_outcome", "rule", "opened_at", "resolved_by", "acknowledged_at"),
        Index("ix_incidents_resolved", "resolved_at"),
        Index("ix_incidents_received", "received_at"),
        partial_index("ix_incidents_false_alarms", "opened_at", where=FALSE_ALARMS),
        partial_index("ix_incidents_acknowledged", "acknowledged_at", where=ACKNOWLEDGED),
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
    error_class: Mapped[str | None] = mapped_column(
        String(20), comment="Class of the error of a failed job, such as quota; empty for other incidents"
    )
    effects: Mapped[list[str] | None] = mapped_column(comment="Resources of the jobs that failed because of it")
    status: Mapped[str] = mapped_column(String(20), comment="open, acknowledged or resolved")
    opened_at: Mapped[datetime] = mapped_column(comment="Event time of the earliest occurrence")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Event time of the latest occurrence")
    occurrence_count: Mapped[int] = mapped_column(default=0, comment="Distinct events, redeliveries not counted")
    acknowledged_at: Mapped[datetime | None] = mapped_column(comment="When a person acknowledged it")
    acknowledged_by: Mapped[str | None] = mapped_column(Text, comment="Person who acknowledged it")
    resolved_at: Mapped[datetime | None] = mapped_column(comment="Event time of the recovery")
    resolution: Mapped[str | None] = mapped_column(Text, comment="Reason of the resolution, one line")
    resolved_by: Mapped[str | None] = mapped_column(
        String(20), comment="recovery, person, repair, quiet, failed or expired"
    )
    false_alarm_at: Mapped[datetime | None] = mapped_column(comment="When a person marked it as a false alarm")
    false_alarm_by: Mapped[str | None] = mapped_column(Text, comment="Person who marked it as a false alarm")
    false_alarm_reason: Mapped[str | None] = mapped_column(Text, comment="Reason that the person gave")
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
    rule_quiet_seconds: Mapped[int | None] = mapped_column(comment="Shortest quiet period: that of its rule")
    usual_seconds: Mapped[int | None] = mapped_column(
        comment="Seconds between two runs of its job, as the history of jobs showed it"
    )
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="Labels that handler rules match")
    merged_numbers: Mapped[list[int] | None] = mapped_column(
        Json(), comment="Numbers of the incidents that were merged into it"
    )
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded the first occurrence")
    search_text: Mapped[str | None] = mapped_column(
        Text,
        deferred=True,
        comment="Rule, title, resource, principal and summary in lower case, for searches; empty on SQLite",
    )


class Occurrence(ErrorBase):
    """One finding of an incident, with its evidence."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("rule", "event_key", "fingerprint", name="uq_occurrences_event"),
        Index("ix_occurrences_incident_time", "incident_id", "time"),
        Index("ix_occurrences_received", "received_at"),
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
        Json(), comment="Names of the job and of those that fail with it, the incident's names then, a failed operation"
    )
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded it")
    message_id: Mapped[str] = mapped_column(String(100), comment="Id of the Pub/Sub message")
    log_name: Mapped[str] = mapped_column(Text, comment="logName of the entry")
    insert_id: Mapped[str] = mapped_column(Text, comment="insertId of the entry")
    log_url: Mapped[str] = mapped_column(Text, comment="Link to the entry in the Logs Explorer")
    principal: Mapped[str] = mapped_column(Text, comment="Account that caused it, empty when unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="Matched fields and array elements, redacted")
