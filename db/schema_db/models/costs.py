"""The cost of days, and the sizes of tables and buckets."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class CostDay(SchemaBase):
    """The cost of BigQuery on one UTC day by one dimension, the sums of its runs."""

    __tablename__ = "cost_days"

    dimension: Mapped[str] = mapped_column(
        String(100), primary_key=True, comment="user, job, dataset, label:NAME, or empty for the whole day"
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="UTC day")
    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="User, job, dataset or value of the label")
    runs: Mapped[float] = mapped_column(Float, comment="Runs; one that reads several datasets is divided among them")
    bytes_billed: Mapped[float] = mapped_column(Float, comment="Bytes billed on demand")
    slot_hours: Mapped[float] = mapped_column(Float, comment="Slot-hours")
    reserved_slot_hours: Mapped[float] = mapped_column(Float, comment="Slot-hours in reservations")


class TableSize(SchemaBase):
    """The size of one BigQuery table or bucket on one day."""

    __tablename__ = "table_sizes"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="UTC day of the snapshot")
    resource: Mapped[str] = mapped_column(
        String(400), primary_key=True, comment="project.dataset.table, or gs://bucket"
    )
    service: Mapped[str] = mapped_column(String(40), comment="bigquery or storage")
    project: Mapped[str] = mapped_column(String(100), comment="Its project")
    container: Mapped[str] = mapped_column(String(300), comment="Dataset or bucket")
    kind: Mapped[str] = mapped_column(String(40), default="", comment="BASE TABLE, VIEW, EXTERNAL…, bucket")
    row_count: Mapped[int | None] = mapped_column(comment="Rows, or objects of a bucket")
    size_bytes: Mapped[int | None] = mapped_column(comment="Logical bytes")
    partitions: Mapped[int | None] = mapped_column(comment="Partitions")
    schema_key: Mapped[str] = mapped_column(
        String(64), default="", comment="Hash of the columns; it changes with the schema"
    )
    changed_at: Mapped[datetime | None] = mapped_column(comment="Last change of the data")
