"""Tables about faults besides incidents: names, recoveries and reasons."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import db.error_db.models.incidents  # noqa: F401 - the table of a foreign key
from db.error_db.models.base import ErrorBase
from db.types import Json


class IncidentName(ErrorBase):
    """A name under which an event finds an incident of a group of jobs."""

    __tablename__ = "incident_names"
    __table_args__ = (Index("ix_incident_names_name", "name", "relation"),)

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True, comment="Incident that has the name"
    )
    relation: Mapped[str] = mapped_column(
        String(10), primary_key=True, comment="job: a fault; own: a job or run; part of: what that is a part of"
    )
    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Digest of the name")


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
    separate_by: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Values that distinguish its system: it repairs no job of another one, such as an environment"
    )
