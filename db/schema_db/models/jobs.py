"""Runs of jobs, and the sizes of tables and buckets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase
from db.types import partial_index

UNFINISHED = text("state IN ('queued', 'running')")


class JobRun(SchemaBase):
    """One run of a job, in the same columns for all services."""

    __tablename__ = "job_runs"
    __table_args__ = (
        Index("ix_job_runs_job", "service", "project", "job_name", "start_at"),
        Index("ix_job_runs_start", "start_at"),
        partial_index("ix_job_runs_unfinished", "service", "project", where=UNFINISHED),
    )

    service: Mapped[str] = mapped_column(
        String(40), primary_key=True, comment="bigquery, airflow, vertex_ai, dataflow, compute"
    )
    project: Mapped[str] = mapped_column(
        String(100), primary_key=True, comment="Project, or name of the Airflow connection"
    )
    run_id: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Identifies the run")
    job_name: Mapped[str] = mapped_column(String(300), comment="Identifies the job in all its runs")
    parent: Mapped[str] = mapped_column(
        Text, default="", comment="Run that it belongs to: the DAG run of a task, a parent job"
    )
    state: Mapped[str] = mapped_column(String(20), comment="queued, running, succeeded, failed, cancelled or skipped")
    created_at: Mapped[datetime | None] = mapped_column(comment="When it was submitted")
    start_at: Mapped[datetime | None] = mapped_column(comment="When it started")
    end_at: Mapped[datetime | None] = mapped_column(comment="When it ended")
    attempt: Mapped[int] = mapped_column(Integer, default=1, comment="Attempt number, from 1")
    error: Mapped[str] = mapped_column(Text, default="", comment="One line, empty when there is none")
    principal: Mapped[str] = mapped_column(Text, default="", comment="Account that ran it")
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="Labels of the job")
    slot_ms: Mapped[int] = mapped_column(default=0, comment="BigQuery slot-milliseconds")
    bytes_billed: Mapped[int] = mapped_column(default=0, comment="Bytes billed")
    cache_hit: Mapped[bool | None] = mapped_column(comment="Whether the result came from the cache")
    statement_type: Mapped[str] = mapped_column(String(40), default="", comment="SELECT, MERGE, LOAD, COPY, EXTRACT…")
    query_key: Mapped[str] = mapped_column(String(64), default="", comment="Fingerprint of the normalised query")
    destination: Mapped[str] = mapped_column(Text, default="", comment="project.dataset.table that it writes")
    sources: Mapped[list[str]] = mapped_column(default=list, comment="project.dataset.table that it reads")
    reservation_id: Mapped[str | None] = mapped_column(Text, comment="BigQuery reservation; null: billed by bytes")
    edition: Mapped[str | None] = mapped_column(String(40), comment="Edition of the reservation")


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
