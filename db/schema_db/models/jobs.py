"""Runs of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase
from db.types import partial_index

UNFINISHED = text("state IN ('queued', 'running')")
HAS_PARENT = text("parent <> ''")


class JobRun(SchemaBase):
    """One run of a job, in the same columns for all services."""

    __tablename__ = "job_runs"
    __table_args__ = (
        Index("ix_job_runs_job", "service", "project", "job_name", "start_at"),
        Index("ix_job_runs_start", "start_at"),
        partial_index("ix_job_runs_unfinished", "service", "project", where=UNFINISHED),
        partial_index("ix_job_runs_parent", "parent", where=HAS_PARENT),
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
