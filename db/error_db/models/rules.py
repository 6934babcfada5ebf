"""Detection rules: modes set by people, findings of staged rules, and counts of incidents."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class RuleModeRow(ErrorBase):
    """The mode of a detection rule that a person set. The row remains when the rule is reset to the mode of its file."""

    __tablename__ = "rule_modes"

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="Detection rule")
    mode: Mapped[str | None] = mapped_column(
        String(20), comment="enabled, staged or disabled; null: as the file of the rule says"
    )
    note: Mapped[str] = mapped_column(Text, comment="Why")
    changed_by: Mapped[str] = mapped_column(String(200), comment="Who changed it last")
    changed_at: Mapped[datetime] = mapped_column(comment="When")


class StagedFinding(ErrorBase):
    """A finding of a staged rule: an occurrence without an incident."""

    __tablename__ = "staged_findings"
    __table_args__ = (
        UniqueConstraint("rule", "event_key", "fingerprint", name="uq_staged_findings_event"),
        Index("ix_staged_findings_rule_time", "rule", "time"),
        Index("ix_staged_findings_received", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the finding")
    rule: Mapped[str] = mapped_column(String(200), comment="Staged rule")
    event_key: Mapped[str] = mapped_column(String(300), comment="Identifies the event; the same in every delivery")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="Identifies the problem")
    severity: Mapped[str] = mapped_column(String(20), comment="Severity, a Sigma level")
    service: Mapped[str] = mapped_column(String(40), comment="Monitored service, such as bigquery")
    project: Mapped[str] = mapped_column(String(100), comment="Google Cloud project, empty when there is none")
    resource: Mapped[str] = mapped_column(Text, comment="Affected resource")
    principal: Mapped[str] = mapped_column(Text, comment="Account that caused it, empty when unknown")
    summary: Mapped[str] = mapped_column(Text, comment="One line")
    quiet_seconds: Mapped[int | None] = mapped_column(comment="Quiet period that would have closed its incident")
    time: Mapped[datetime] = mapped_column(comment="Event time")
    received_at: Mapped[datetime] = mapped_column(comment="When Hinomi recorded it")
    log_url: Mapped[str] = mapped_column(Text, comment="Link to the entry in the Logs Explorer")
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="Matched fields and array elements, redacted")


class IncidentHour(ErrorBase):
    """The number of incidents of a rule that began in an hour, by how they ended. Triggers update it (migration 0041)."""

    __tablename__ = "incident_hours"
    __table_args__ = (Index("ix_incident_hours_hour", "hour", "rule", "resolved_by", "acknowledged", "count"),)

    rule: Mapped[str] = mapped_column(
        String(200), primary_key=True, comment="Rule or detector that opened the incidents"
    )
    hour: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour in which they began")
    resolved_by: Mapped[str] = mapped_column(
        String(20), primary_key=True, comment="What ended them, empty while unresolved"
    )
    acknowledged: Mapped[bool] = mapped_column(primary_key=True, comment="Whether a person acknowledged them")
    count: Mapped[int] = mapped_column(comment="Number of incidents")


class IncidentHourChange(ErrorBase):
    """A change of these counts that the sweep has not added yet. Adding a row waits for no other transaction."""

    __tablename__ = "incident_hour_changes"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, comment="Number of the change"
    )
    rule: Mapped[str] = mapped_column(String(200), comment="Rule or detector that opened the incidents")
    hour: Mapped[datetime] = mapped_column(comment="Start of the hour in which they began")
    resolved_by: Mapped[str] = mapped_column(String(20), comment="What ended them, empty while unresolved")
    acknowledged: Mapped[bool] = mapped_column(comment="Whether a person acknowledged them")
    change: Mapped[int] = mapped_column(comment="1 for an incident more, -1 for one fewer")
