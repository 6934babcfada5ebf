"""Sums of the runs of jobs, by day."""

from datetime import date, datetime

from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class JobDaySum(SchemaBase):
    """The runs of one job that started on one UTC day. A row without a job means that the day is summed."""

    __tablename__ = "job_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="UTC day")
    service: Mapped[str] = mapped_column(String(40), primary_key=True, comment="As in job_runs, or empty")
    project: Mapped[str] = mapped_column(String(100), primary_key=True, comment="As in job_runs, or empty")
    job_name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="As in job_runs, or empty")
    runs: Mapped[int] = mapped_column(Integer, default=0, comment="Runs that started")
    failed: Mapped[int] = mapped_column(Integer, default=0, comment="Those that failed")
    first_start: Mapped[datetime | None] = mapped_column(comment="When the first run started")
    last_start: Mapped[datetime | None] = mapped_column(comment="When the last run started")
    succeeded_at: Mapped[datetime | None] = mapped_column(comment="Last end of a run that succeeded")
    failed_at: Mapped[datetime | None] = mapped_column(comment="Last end of a run that failed")
    running_since: Mapped[datetime | None] = mapped_column(comment="Start of the last run that has not ended")
    bytes_billed: Mapped[int] = mapped_column(default=0, comment="Bytes billed on demand")
    reserved_slot_ms: Mapped[int] = mapped_column(default=0, comment="Slot-milliseconds in reservations")
