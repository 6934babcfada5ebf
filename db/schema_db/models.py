"""The tables of the Schema DB: how it performed, who did what, and who may do what, since when.

All times are UTC and event time unless a comment says otherwise. Facts carry natural keys, so that collecting the
same window twice changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.audit_models import AuditSetting
from db.schema_db.base import Base, Big, Json
from db.schema_db.intention_model import Intention
from db.schema_db.place_models import FormerPlace

__all__ = [
    "AuditSetting", "Base", "Binding", "BindingChange", "ChangedDay", "Coverage", "DailyPoint", "FinePoint",
    "FormerPlace", "GroupMember", "HourlyPoint", "Intention", "JobRun", "Resource", "Role", "Series", "ServiceAccount",
    "ServiceAccountKey", "Snapshot", "StaleInterval", "TableSize", "UserAction",
]  # fmt: skip

OPEN = text("valid_to IS NULL")
LEASED = text("lease_owner IS NOT NULL")
UNFINISHED = text("state IN ('queued', 'running')")


class Snapshot(Base):
    """One run of one collector over one scope (a project, a folder, an organization, an Airflow)."""

    __tablename__ = "snapshots"
    __table_args__ = (
        UniqueConstraint("collector", "scope", "slot", name="uq_snapshots_slot"),
        # One at a time reads a scope, whatever the code does.
        Index("uq_snapshots_leased", "collector", "scope", unique=True, postgresql_where=LEASED, sqlite_where=LEASED),
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the snapshot")
    collector: Mapped[str] = mapped_column(String(60), comment="Name of the collector, such as bigquery.jobs")
    scope: Mapped[str] = mapped_column(
        String(200), comment="What it read: projects/P, folders/N, organizations/N, airflow/NAME"
    )
    slot: Mapped[datetime] = mapped_column(
        comment="Start of the interval that this run stands for: a repeat is the same run"
    )
    window_start: Mapped[datetime | None] = mapped_column(comment="Start of the time window that was read")
    window_end: Mapped[datetime | None] = mapped_column(comment="End of the time window that was read")
    state: Mapped[str] = mapped_column(String(10), comment="running, done or failed")
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="Where to go on after a crash or a timeout")
    row_count: Mapped[int] = mapped_column(default=0, comment="Rows written")
    api_calls: Mapped[int] = mapped_column(default=0, comment="Calls made")
    bytes_billed: Mapped[int] = mapped_column(default=0, comment="Bytes billed by BigQuery for our own queries")
    attempts: Mapped[int] = mapped_column(Integer, default=0, comment="Times it was taken up")
    stalls: Mapped[int] = mapped_column(
        Integer, default=0, comment="Times in a row that it was taken up and wrote nothing"
    )
    lease_until: Mapped[datetime | None] = mapped_column(
        comment="Wall clock; after this another instance may take it up"
    )
    lease_owner: Mapped[str | None] = mapped_column(String(100), comment="Who is running it")
    started_at: Mapped[datetime] = mapped_column(comment="Wall clock of the first start")
    taken_at: Mapped[datetime | None] = mapped_column(comment="Wall clock of the latest start")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Wall clock of the end")
    error: Mapped[str | None] = mapped_column(Text, comment="One line: why it failed")


class Series(Base):
    """One time series: a metric of one resource, reduced in one way."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("metric", "aligner", "labels_key", name="uq_series_identity"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the series")
    service: Mapped[str] = mapped_column(String(40), index=True, comment="Watched service, such as bigquery")
    metric: Mapped[str] = mapped_column(String(200), comment="Metric type of Cloud Monitoring")
    aligner: Mapped[str] = mapped_column(
        String(40), comment="What one sample is, as Cloud Monitoring names it: ALIGN_MEAN, ALIGN_RATE…"
    )
    unit: Mapped[str] = mapped_column(String(40), comment="Unit of a sample, as UCUM writes it: By, s, 1, 10^2.%")
    project: Mapped[str] = mapped_column(String(100), index=True, comment="Project that it belongs to")
    resource: Mapped[str] = mapped_column(Text, comment="What it measures, readable")
    labels: Mapped[dict[str, Any]] = mapped_column(comment="Resource and metric labels")
    labels_key: Mapped[str] = mapped_column(String(64), comment="Hash of project, resource type and labels")


def _by_month(table: str) -> tuple[Any, ...]:
    """A table of points: by month on PostgreSQL, and a small index for reading a time across all series."""
    index = Index(f"ix_{table}_time", "time", postgresql_using="brin")
    return (index, {"postgresql_partition_by": "RANGE (time)", "sqlite_with_rowid": False})


class FinePoint(Base):
    """Samples as they were collected, every five minutes as a rule; kept two weeks."""

    __tablename__ = "points_fine"
    __table_args__ = _by_month("points_fine")

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the interval that the sample stands for")
    value: Mapped[float] = mapped_column(Float, comment="The sample")


class _Point:
    """Count, mean, min, max and 95th percentile of the samples of one interval."""

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the interval")
    count: Mapped[int] = mapped_column(Integer, comment="Samples in it")
    mean: Mapped[float] = mapped_column(Float, comment="Mean of the samples")
    min: Mapped[float] = mapped_column(Float, comment="Smallest sample")
    max: Mapped[float] = mapped_column(Float, comment="Largest sample")
    p95: Mapped[float] = mapped_column(Float, comment="Smallest sample that 95 % of the samples do not exceed")


class HourlyPoint(_Point, Base):
    """Hourly points, kept a year."""

    __tablename__ = "points_hourly"
    __table_args__ = _by_month("points_hourly")


class DailyPoint(_Point, Base):
    """Daily points, kept for ever."""

    __tablename__ = "points_daily"
    __table_args__ = _by_month("points_daily")


class StaleInterval(Base):
    """An hour or a day whose samples changed since its points were computed."""

    __tablename__ = "stale_intervals"

    level: Mapped[str] = mapped_column(String(10), primary_key=True, comment="hour or day")
    start: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour or the day")
    snapshot_id: Mapped[int] = mapped_column(
        Big, primary_key=True, autoincrement=False, comment="Snapshot that wrote the samples"
    )


class ChangedDay(Base):
    """A day whose rows changed since they were last copied to BigQuery; never more than a hint to copy it again.

    A writer only ever adds marks, so that two writers never wait for each other.
    """

    __tablename__ = "changed_days"
    # A number is never given twice: whoever takes marks away by number takes no newer one.
    __table_args__ = (Index("ix_changed_days_day", "name", "day"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the mark")
    name: Mapped[str] = mapped_column(String(40), comment="Table whose rows changed")
    day: Mapped[date] = mapped_column(Date, comment="UTC day of the rows; 1970-01-01 for series")


class JobRun(Base):
    """One run of a job of any service, in one shape."""

    __tablename__ = "job_runs"
    __table_args__ = (
        Index("ix_job_runs_job", "service", "project", "job_name", "start_at"),
        Index("ix_job_runs_start", "start_at"),
        Index("ix_job_runs_unfinished", "service", "project", postgresql_where=UNFINISHED, sqlite_where=UNFINISHED),
    )

    service: Mapped[str] = mapped_column(
        String(40), primary_key=True, comment="bigquery, airflow, vertex_ai, dataflow, compute"
    )
    project: Mapped[str] = mapped_column(
        String(100), primary_key=True, comment="Project, or name of the Airflow connection"
    )
    run_id: Mapped[str] = mapped_column(String(300), primary_key=True, comment="Names the run")
    job_name: Mapped[str] = mapped_column(String(300), comment="Names the job, stable across its runs")
    parent: Mapped[str] = mapped_column(
        Text, default="", comment="Run that it belongs to: the DAG run of a task, a parent job"
    )
    state: Mapped[str] = mapped_column(String(20), comment="queued, running, succeeded, failed, cancelled or skipped")
    created_at: Mapped[datetime | None] = mapped_column(comment="When it was asked for")
    start_at: Mapped[datetime | None] = mapped_column(comment="When it started")
    end_at: Mapped[datetime | None] = mapped_column(comment="When it ended")
    attempt: Mapped[int] = mapped_column(Integer, default=1, comment="Attempt number, from 1")
    error: Mapped[str] = mapped_column(Text, default="", comment="One line, empty when there is none")
    principal: Mapped[str] = mapped_column(Text, default="", comment="Who ran it")
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="Labels of the job")
    slot_ms: Mapped[int] = mapped_column(default=0, comment="BigQuery slot-milliseconds")
    bytes_billed: Mapped[int] = mapped_column(default=0, comment="Bytes billed")
    cache_hit: Mapped[bool | None] = mapped_column(comment="Whether the answer came from the cache")
    statement_type: Mapped[str] = mapped_column(String(40), default="", comment="SELECT, MERGE, LOAD, COPY, EXTRACT…")
    query_key: Mapped[str] = mapped_column(String(64), default="", comment="Fingerprint of the normalised query")
    destination: Mapped[str] = mapped_column(Text, default="", comment="project.dataset.table that it writes")
    sources: Mapped[list[str]] = mapped_column(default=list, comment="project.dataset.table that it reads")
    reservation_id: Mapped[str | None] = mapped_column(Text, comment="BigQuery reservation; none: paid by the byte")
    edition: Mapped[str | None] = mapped_column(String(40), comment="Edition of the reservation")


class TableSize(Base):
    """One BigQuery table or bucket on one day."""

    __tablename__ = "table_sizes"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="UTC day of the snapshot")
    resource: Mapped[str] = mapped_column(
        String(400), primary_key=True, comment="project.dataset.table, or gs://bucket"
    )
    service: Mapped[str] = mapped_column(String(40), comment="bigquery or storage")
    project: Mapped[str] = mapped_column(String(100), comment="Project that it is in")
    container: Mapped[str] = mapped_column(String(300), comment="Dataset or bucket")
    kind: Mapped[str] = mapped_column(String(40), default="", comment="BASE TABLE, VIEW, EXTERNAL…, bucket")
    row_count: Mapped[int | None] = mapped_column(comment="Rows, or objects of a bucket")
    size_bytes: Mapped[int | None] = mapped_column(comment="Logical bytes")
    partitions: Mapped[int | None] = mapped_column(comment="Partitions")
    schema_key: Mapped[str] = mapped_column(
        String(64), default="", comment="Hash of the columns; another one is another schema"
    )
    changed_at: Mapped[datetime | None] = mapped_column(comment="Last change of the data")


class UserAction(Base):
    """Who did what on which resource, counted by the hour."""

    __tablename__ = "user_actions"
    __table_args__ = (
        Index("ix_user_actions_principal", "principal", "hour"),
        Index("ix_user_actions_resource", "resource", "hour"),
        {"postgresql_partition_by": "RANGE (hour)"},
    )

    hour: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour")
    key: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="Hash of project, principal, method and resource"
    )
    project: Mapped[str] = mapped_column(String(100), comment="Project whose log said so")
    principal: Mapped[str] = mapped_column(String(300), comment="Who did it: e-mail address or principal://…")
    service: Mapped[str] = mapped_column(String(100), comment="API, such as storage.googleapis.com")
    method: Mapped[str] = mapped_column(String(300), comment="methodName of the audit entry")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name, as bindings have it")
    count: Mapped[int] = mapped_column(comment="Calls")
    denied: Mapped[int] = mapped_column(comment="Of them refused for want of permission")
    first_at: Mapped[datetime] = mapped_column(comment="First of them")
    last_at: Mapped[datetime] = mapped_column(comment="Last of them")
    networks: Mapped[list[str]] = mapped_column(default=list, comment="Caller networks (/24 or /48), at most 20")
    permissions: Mapped[list[str]] = mapped_column(default=list, comment="Permissions that were checked")


class Resource(Base):
    """A resource, with a policy of its own or without, and where it hangs."""

    __tablename__ = "resources"

    name: Mapped[str] = mapped_column(String(600), primary_key=True, comment="Full resource name, //service/…")
    asset_type: Mapped[str] = mapped_column(String(100), comment="Such as storage.googleapis.com/Bucket")
    project: Mapped[str] = mapped_column(
        String(100), default="", comment="Project id, empty for folders and organizations"
    )
    ancestors: Mapped[list[str]] = mapped_column(
        default=list, comment="projects/…, folders/…, organizations/…, nearest first"
    )
    policy_key: Mapped[str] = mapped_column(String(64), comment="Hash of its policy: unchanged writes nothing")
    seen_by: Mapped[int] = mapped_column(Big, comment="Snapshot that saw it last")
    missing_since: Mapped[datetime | None] = mapped_column(comment="Time of the first snapshot that missed it")


class Binding(Base):
    """One member has one role on one resource, from valid_from until valid_to (open: still)."""

    __tablename__ = "bindings"
    __table_args__ = (
        Index(
            "uq_bindings_open",
            "resource",
            "role",
            "member",
            "condition_key",
            unique=True,
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index("ix_bindings_member", "member", "valid_from"),
        Index("ix_bindings_resource", "resource", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the binding")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name")
    role: Mapped[str] = mapped_column(String(300), comment="roles/…, projects/P/roles/…")
    member: Mapped[str] = mapped_column(String(400), comment="user:…, group:…, serviceAccount:…, allUsers…")
    condition_key: Mapped[str] = mapped_column(
        String(64), default="", comment="Hash of the condition's expression, empty for none"
    )
    condition: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="expression, title, description")
    valid_from: Mapped[datetime] = mapped_column(
        comment="From: audit log time if known, else the first snapshot that saw it"
    )
    valid_to: Mapped[datetime | None] = mapped_column(
        comment="Until: audit log time if known, else the first snapshot that missed it"
    )
    exact_from: Mapped[bool] = mapped_column(default=False, comment="valid_from comes from the audit log")
    exact_to: Mapped[bool] = mapped_column(default=False, comment="valid_to comes from the audit log")
    granted_by: Mapped[str | None] = mapped_column(String(300), comment="Who granted it, from the audit log")
    revoked_by: Mapped[str | None] = mapped_column(String(300), comment="Who took it away, from the audit log")
    seen_by: Mapped[int] = mapped_column(Big, comment="Snapshot that wrote it")
    missing_since: Mapped[datetime | None] = mapped_column(
        comment="Time of the first snapshot that missed it; closed by the next one"
    )


class BindingChange(Base):
    """One element of a policyDelta in the audit log: the exact time, and the person."""

    __tablename__ = "binding_changes"
    __table_args__ = (Index("ix_binding_changes_resource", "resource", "time"),)

    event_key: Mapped[str] = mapped_column(
        String(340), primary_key=True, comment="Names the log entry and the element of its delta"
    )
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name")
    action: Mapped[str] = mapped_column(String(10), comment="ADD or REMOVE")
    role: Mapped[str] = mapped_column(String(300), comment="Role")
    member: Mapped[str] = mapped_column(String(400), comment="Member")
    condition_key: Mapped[str] = mapped_column(String(64), default="", comment="Hash of the condition's expression")
    condition: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="expression, title, description")
    principal: Mapped[str] = mapped_column(String(300), comment="Who changed it")
    reconciled: Mapped[bool] = mapped_column(default=False, comment="Its binding has this time")


class Role(Base):
    """What a role permitted, from valid_from until valid_to."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="roles/… or projects/P/roles/…")
    valid_from: Mapped[datetime] = mapped_column(primary_key=True, comment="First snapshot that saw it so")
    valid_to: Mapped[datetime | None] = mapped_column(comment="First snapshot that saw it otherwise")
    title: Mapped[str] = mapped_column(Text, comment="Title")
    stage: Mapped[str] = mapped_column(String(20), default="", comment="Launch stage")
    permissions: Mapped[list[str]] = mapped_column(comment="Included permissions")


class ServiceAccount(Base):
    """A service account as the latest snapshot saw it."""

    __tablename__ = "service_accounts"

    email: Mapped[str] = mapped_column(String(300), primary_key=True, comment="E-mail address")
    project: Mapped[str] = mapped_column(String(100), index=True, comment="Project that it is in")
    display_name: Mapped[str] = mapped_column(Text, default="", comment="Display name")
    disabled: Mapped[bool] = mapped_column(default=False, comment="Whether it is disabled")
    first_seen_at: Mapped[datetime] = mapped_column(comment="First snapshot that saw it")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last snapshot that saw it")
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="Last authentication known; none is unknown, not never"
    )


class ServiceAccountKey(Base):
    """A user-managed key of a service account."""

    __tablename__ = "service_account_keys"

    name: Mapped[str] = mapped_column(String(400), primary_key=True, comment="projects/P/serviceAccounts/E/keys/K")
    email: Mapped[str] = mapped_column(String(300), index=True, comment="Its account")
    created_at: Mapped[datetime] = mapped_column(comment="Valid after")
    expires_at: Mapped[datetime | None] = mapped_column(comment="Valid before")
    disabled: Mapped[bool] = mapped_column(default=False, comment="Whether it is disabled")
    first_seen_at: Mapped[datetime] = mapped_column(comment="First snapshot that saw it")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last snapshot that saw it")
    last_used_at: Mapped[datetime | None] = mapped_column(comment="Last use known; none is unknown, not never")


class GroupMember(Base):
    """One member of a group, from valid_from until valid_to; only where the caller may read groups."""

    __tablename__ = "group_members"

    group: Mapped[str] = mapped_column(String(300), primary_key=True, comment="E-mail address of the group")
    member: Mapped[str] = mapped_column(String(400), primary_key=True, comment="user:…, serviceAccount:…, group:…")
    valid_from: Mapped[datetime] = mapped_column(primary_key=True, comment="First snapshot that saw it")
    valid_to: Mapped[datetime | None] = mapped_column(comment="First snapshot that missed it")


class Coverage(Base):
    """Where evidence is there: which logs were readable, which groups could be expanded, from when on."""

    __tablename__ = "coverage"

    subject: Mapped[str] = mapped_column(
        String(300),
        primary_key=True,
        comment="admin_activity/LEVEL, data_access/LEVEL (such as projects/P), group/EMAIL",
    )
    since: Mapped[datetime] = mapped_column(primary_key=True, comment="Evidence is complete from here on")
    until: Mapped[datetime] = mapped_column(comment="…up to here")
