"""The state of earlier events that rules need."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase
from db.types import Json


class CorrelationEventRow(ErrorBase):
    """One event that a correlation rule counts."""

    __tablename__ = "correlation_events"
    __table_args__ = (Index("ix_correlation_events_window", "rule", "group_key", "time"),)

    rule: Mapped[str] = mapped_column(String(200), primary_key=True, comment="Correlation rule")
    event_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the event")
    group_key: Mapped[str] = mapped_column(String(64), comment="Hash of the group-by values")
    value: Mapped[str] = mapped_column(Text, default="", comment="Value that a value_count counts")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    call: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Call, resource and address of the event by path, redacted"
    )


class SeenValue(ErrorBase):
    """Unused. Earlier releases delete from the table, so only a migration of the next release can drop it."""

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
    """The fields of a resource that one entry showed, needed for later entries that contain only a change."""

    __tablename__ = "resource_facts"

    resource_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Hash of the rule and the resource")
    event_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the event")
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    whole: Mapped[bool] = mapped_column(comment="Whether it replaces what earlier entries showed")
    fields: Mapped[dict[str, Any]] = mapped_column(comment="The fields, nested as in the entry")
