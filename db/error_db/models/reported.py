"""Runs of jobs outside Google Cloud, results of data quality checks, and readings of probes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class ReportedRunRow(ErrorBase):
    """A run that a reporter reported, kept until the history of jobs certainly has it."""

    __tablename__ = "reported_runs"
    __table_args__ = (Index("ix_reported_runs_job", "job_key", "state_at"),)

    run_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Digest of reporter, job and run")
    job_key: Mapped[str] = mapped_column(String(64), comment="Digest of reporter and job")
    reporter: Mapped[str] = mapped_column(String(60), comment="Reporter, as declared")
    job: Mapped[str] = mapped_column(String(300), comment="Name of the job")
    run: Mapped[str] = mapped_column(String(300), comment="Id of the run; without one the time of its first report")
    has_id: Mapped[bool] = mapped_column(comment="Whether the reporter gave the id")
    state: Mapped[str] = mapped_column(String(20), comment="running, succeeded or failed")
    state_at: Mapped[datetime] = mapped_column(comment="Event time of the state")
    started_at: Mapped[datetime | None] = mapped_column(comment="When it started; null if only its end was reported")
    events: Mapped[list[str]] = mapped_column(default=list, comment="Digests of the reports, the latest ten")
    summary: Mapped[str] = mapped_column(Text, default="", comment="Why it failed, redacted")
    every_seconds: Mapped[int | None] = mapped_column(Integer, comment="Expected longest time between two runs")
    finish_by: Mapped[str] = mapped_column(String(80), default="", comment="Expected time of day of its end, with zone")
    changed_at: Mapped[datetime] = mapped_column(index=True, comment="When this row last changed")


class ReportedCheckRow(ErrorBase):
    """A result of a data quality check that a reporter sent, kept for eight days, within which the history copies it."""

    __tablename__ = "reported_checks"

    event: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Digest of check, time and run")
    check_key: Mapped[str] = mapped_column(String(64), comment="Fingerprint of the incident of the check")
    reporter: Mapped[str] = mapped_column(String(60), comment="Reporter, as declared")
    check_name: Mapped[str] = mapped_column(String(300), comment="Name of the check")
    table_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked table")
    column_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked column; empty for a whole table")
    partition_name: Mapped[str] = mapped_column(String(300), default="", comment="Checked partition; empty for all")
    dimension: Mapped[str] = mapped_column(String(60), default="", comment="Such as completeness or uniqueness")
    time: Mapped[datetime] = mapped_column(comment="Event time of the result")
    state: Mapped[str] = mapped_column(String(20), comment="passed, warned, failed, error or skipped")
    severity: Mapped[str] = mapped_column(String(20), default="", comment="As reported; empty if it is not")
    value: Mapped[str] = mapped_column(Text, default="", comment="What the check measured, redacted")
    expected: Mapped[str] = mapped_column(Text, default="", comment="What the check allows, redacted")
    message: Mapped[str] = mapped_column(Text, default="", comment="What the reporter says besides, redacted")
    run: Mapped[str] = mapped_column(String(300), default="", comment="Id of the run, as reported")
    url: Mapped[str] = mapped_column(Text, default="", comment="Link to the run; empty if there is none")
    changed_at: Mapped[datetime] = mapped_column(index=True, comment="When this row last changed")


class ProbeReadingRow(ErrorBase):
    """A reading of a probe, kept for a few days: it shows how long a state has lasted, and contains samples for the history."""

    __tablename__ = "probe_readings"

    probe: Mapped[str] = mapped_column(String(120), primary_key=True, comment="Probe, such as kafka/cdc")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="When it read")
    data: Mapped[dict[str, Any]] = mapped_column(comment="What it read, without the words of errors")
    stored_at: Mapped[datetime] = mapped_column(index=True, comment="When this row was stored")
