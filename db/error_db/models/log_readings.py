"""Planned readings of the log around failures."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import db.error_db.models.incidents  # noqa: F401 - the table of a foreign key
from db.error_db.models.base import ErrorBase


class LogReadingRow(ErrorBase):
    """The reading of the log for one occurrence; its result is on the evidence of the occurrence."""

    __tablename__ = "log_readings"
    __table_args__ = (
        Index("ix_log_readings_due", "done_at", "due_at"),
        Index("ix_log_readings_claimed", "claimed_at"),
        Index("ix_log_readings_planned", "planned_at"),
    )

    occurrence_id: Mapped[int] = mapped_column(
        ForeignKey("occurrences.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        comment="Occurrence whose reason is looked for",
    )
    project: Mapped[str] = mapped_column(String(100), comment="Project whose log is read")
    query: Mapped[str] = mapped_column(Text, comment="Conditions in the Logging query language, without times")
    since: Mapped[datetime] = mapped_column(comment="Event time of the earliest entry that is read")
    until: Mapped[datetime] = mapped_column(comment="Event time of the latest entry that is read")
    planned_at: Mapped[datetime] = mapped_column(comment="When it was planned")
    due_at: Mapped[datetime] = mapped_column(comment="When it may be claimed: the end of the lease, or of a pause")
    attempts: Mapped[int] = mapped_column(default=0, comment="How often it was claimed")
    claimed_at: Mapped[datetime | None] = mapped_column(comment="When it was last claimed")
    done_at: Mapped[datetime | None] = mapped_column(comment="When its result was recorded")
