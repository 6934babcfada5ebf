"""Data quality checks and their results."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class _Outcome:
    """The columns of a result."""

    state: Mapped[str] = mapped_column(String(20), comment="passed, warned, failed, error or skipped")
    severity: Mapped[str] = mapped_column(
        String(20), default="", comment="As its source states it; empty if it does not"
    )
    value: Mapped[str] = mapped_column(Text, default="", comment="What the check measured, as text")
    expected: Mapped[str] = mapped_column(Text, default="", comment="What the check allows, as text")
    message: Mapped[str] = mapped_column(Text, default="", comment="What the source says besides, without secrets")
    run: Mapped[str] = mapped_column(String(300), default="", comment="Run that made the result")
    url: Mapped[str] = mapped_column(Text, default="", comment="Link to the run; empty if there is none")


class QualityCheck(_Outcome, SchemaBase):
    """A check with its latest result."""

    __tablename__ = "quality_checks"
    __table_args__ = (
        Index("ix_quality_checks_table_name", "table_name"),
        Index("ix_quality_checks_checked_at", "checked_at"),
    )

    check_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Fingerprint of its incident")
    source: Mapped[str] = mapped_column(String(20), comment="report, query or dataplex")
    origin: Mapped[str] = mapped_column(String(300), comment="Reporter, declared query or scan")
    check_name: Mapped[str] = mapped_column(String(300), comment="Name of the check")
    table_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked table")
    column_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked column; empty for a whole table")
    partition_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked partition; empty for all")
    dimension: Mapped[str] = mapped_column(String(60), default="", comment="Such as completeness or uniqueness")
    checked_at: Mapped[datetime] = mapped_column(comment="Event time of the latest result")


class QualityResult(_Outcome, SchemaBase):
    """One result of a check."""

    __tablename__ = "quality_results"
    __table_args__ = (Index("ix_quality_results_time", "time"),)

    check_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="The check, as in quality_checks")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Event time of the result")
    run: Mapped[str] = mapped_column(String(300), primary_key=True, default="", comment="Run that made the result")
