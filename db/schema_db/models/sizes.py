"""The sizes of tables and buckets by day."""

from datetime import date, datetime

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


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
