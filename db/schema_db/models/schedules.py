"""The schedules of jobs."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class JobSchedule(SchemaBase):
    """The schedule of one job, as its scheduler declares it."""

    __tablename__ = "job_schedules"

    service: Mapped[str] = mapped_column(
        String(40), primary_key=True, comment="bigquery (Data Transfer Service) or scheduler (Cloud Scheduler)"
    )
    project: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Project")
    location: Mapped[str] = mapped_column(String(60), primary_key=True, comment="Region or multi-region")
    job_name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the job, as in job_runs")
    title: Mapped[str] = mapped_column(Text, default="", comment="Name that its owner gave it")
    schedule: Mapped[str] = mapped_column(Text, default="", comment="As declared: cron or App Engine's format")
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC", comment="Time zone of the schedule")
    interval_seconds: Mapped[int | None] = mapped_column(
        comment="Longest time between two runs; null if the schedule does not show it"
    )
    next_run_at: Mapped[datetime | None] = mapped_column(comment="Next run, according to the scheduler")
    state: Mapped[str] = mapped_column(String(20), default="enabled", comment="enabled, paused or deleted")
    seen_at: Mapped[datetime] = mapped_column(comment="When it was last read")
