"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
PARTITIONED = ("points_fine", "points_hourly", "points_daily", "user_actions")
TABLES = (
    "snapshots",
    "series",
    "points_fine",
    "points_hourly",
    "points_daily",
    "stale_intervals",
    "job_runs",
    "table_sizes",
    "user_actions",
    "resources",
    "bindings",
    "binding_changes",
    "roles",
    "service_accounts",
    "service_account_keys",
    "group_members",
    "coverage",
)


def upgrade() -> None:
    _create_snapshots()
    _create_series()
    _create_points_fine()
    _create_points_hourly()
    _create_points_daily()
    _create_stale_intervals()
    _create_job_runs()
    _create_table_sizes()
    _create_user_actions()
    _create_resources()
    _create_bindings()
    _create_binding_changes()
    _create_roles()
    _create_service_accounts()
    _create_service_account_keys()
    _create_group_members()
    _create_coverage()
    _create_default_partitions()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_default_partitions() -> None:
    """The default partitions keep rows of months without a partition; the function creates partitions in advance."""
    if op.get_bind().dialect.name == "postgresql":
        for table in PARTITIONED:
            op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", ID, nullable=False, comment="Number of the snapshot"),
        sa.Column(
            "collector", sa.String(length=60), nullable=False, comment="Name of the collector, such as bigquery.jobs"
        ),
        sa.Column(
            "scope",
            sa.String(length=200),
            nullable=False,
            comment="What it read: projects/P, folders/N, organizations/N, airflow/NAME",
        ),
        sa.Column(
            "slot",
            TIME,
            nullable=False,
            comment="Start of the interval that this run stands for: a repeat is the same run",
        ),
        sa.Column("window_start", TIME, comment="Start of the time window that was read"),
        sa.Column("window_end", TIME, comment="End of the time window that was read"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="running, done or failed"),
        sa.Column("checkpoint", JSON, comment="Where to go on after a crash or a timeout"),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows written"),
        sa.Column("api_calls", sa.BigInteger(), nullable=False, comment="Calls made"),
        sa.Column(
            "bytes_billed", sa.BigInteger(), nullable=False, comment="Bytes billed by BigQuery for our own queries"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Times it was taken up"),
        sa.Column(
            "stalls", sa.Integer(), nullable=False, comment="Times in a row that it was taken up and wrote nothing"
        ),
        sa.Column("lease_until", TIME, comment="Wall clock; after this another instance may take it up"),
        sa.Column("lease_owner", sa.String(length=100), comment="Who is running it"),
        sa.Column("started_at", TIME, nullable=False, comment="Wall clock of the first start"),
        sa.Column("taken_at", TIME, comment="Wall clock of the latest start"),
        sa.Column("finished_at", TIME, comment="Wall clock of the end"),
        sa.Column("error", sa.Text(), comment="One line: why it failed"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collector", "scope", "slot", name="uq_snapshots_slot"),
    )
    op.create_index(
        "uq_snapshots_leased",
        "snapshots",
        ["collector", "scope"],
        unique=True,
        postgresql_where=sa.text("lease_owner IS NOT NULL"),
        sqlite_where=sa.text("lease_owner IS NOT NULL"),
    )


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("id", ID, nullable=False, comment="Number of the series"),
        sa.Column("service", sa.String(length=40), nullable=False, comment="Watched service, such as bigquery"),
        sa.Column("metric", sa.String(length=200), nullable=False, comment="Metric type of Cloud Monitoring"),
        sa.Column(
            "aligner",
            sa.String(length=40),
            nullable=False,
            comment="What one sample is, as Cloud Monitoring names it: ALIGN_MEAN, ALIGN_RATE…",
        ),
        sa.Column(
            "unit",
            sa.String(length=40),
            nullable=False,
            comment="Unit of a sample, as UCUM writes it: By, s, 1, 10^2.%",
        ),
        sa.Column("project", sa.String(length=100), nullable=False, comment="Project that it belongs to"),
        sa.Column("resource", sa.Text(), nullable=False, comment="What it measures, readable"),
        sa.Column("labels", JSON, nullable=False, comment="Resource and metric labels"),
        sa.Column(
            "labels_key", sa.String(length=64), nullable=False, comment="Hash of project, resource type and labels"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("metric", "aligner", "labels_key", name="uq_series_identity"),
    )
    op.create_index("ix_series_project", "series", ["project"], unique=False)
    op.create_index("ix_series_service", "series", ["service"], unique=False)


def _create_points_fine() -> None:
    op.create_table(
        "points_fine",
        sa.Column("series_id", ID, autoincrement=False, nullable=False, comment="Its series"),
        sa.Column("time", TIME, nullable=False, comment="Start of the interval that the sample stands for"),
        sa.Column("value", sa.Float(), nullable=False, comment="The sample"),
        sa.PrimaryKeyConstraint("series_id", "time"),
        postgresql_partition_by="RANGE (time)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_points_fine_time", "points_fine", ["time"], unique=False, postgresql_using="brin")


def _create_points_hourly() -> None:
    op.create_table(
        "points_hourly",
        sa.Column("series_id", ID, autoincrement=False, nullable=False, comment="Its series"),
        sa.Column("time", TIME, nullable=False, comment="Start of the interval"),
        sa.Column("count", sa.Integer(), nullable=False, comment="Samples in it"),
        sa.Column("mean", sa.Float(), nullable=False, comment="Mean of the samples"),
        sa.Column("min", sa.Float(), nullable=False, comment="Smallest sample"),
        sa.Column("max", sa.Float(), nullable=False, comment="Largest sample"),
        sa.Column("p95", sa.Float(), nullable=False, comment="Smallest sample that 95 % of the samples do not exceed"),
        sa.PrimaryKeyConstraint("series_id", "time"),
        postgresql_partition_by="RANGE (time)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_points_hourly_time", "points_hourly", ["time"], unique=False, postgresql_using="brin")


def _create_points_daily() -> None:
    op.create_table(
        "points_daily",
        sa.Column("series_id", ID, autoincrement=False, nullable=False, comment="Its series"),
        sa.Column("time", TIME, nullable=False, comment="Start of the interval"),
        sa.Column("count", sa.Integer(), nullable=False, comment="Samples in it"),
        sa.Column("mean", sa.Float(), nullable=False, comment="Mean of the samples"),
        sa.Column("min", sa.Float(), nullable=False, comment="Smallest sample"),
        sa.Column("max", sa.Float(), nullable=False, comment="Largest sample"),
        sa.Column("p95", sa.Float(), nullable=False, comment="Smallest sample that 95 % of the samples do not exceed"),
        sa.PrimaryKeyConstraint("series_id", "time"),
        postgresql_partition_by="RANGE (time)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_points_daily_time", "points_daily", ["time"], unique=False, postgresql_using="brin")


def _create_stale_intervals() -> None:
    op.create_table(
        "stale_intervals",
        sa.Column("level", sa.String(length=10), nullable=False, comment="hour or day"),
        sa.Column("start", TIME, nullable=False, comment="Start of the hour or the day"),
        sa.Column("snapshot_id", ID, autoincrement=False, nullable=False, comment="Snapshot that wrote the samples"),
        sa.PrimaryKeyConstraint("level", "start", "snapshot_id"),
    )


def _create_job_runs() -> None:
    op.create_table(
        "job_runs",
        sa.Column(
            "service", sa.String(length=40), nullable=False, comment="bigquery, airflow, vertex_ai, dataflow, compute"
        ),
        sa.Column(
            "project", sa.String(length=100), nullable=False, comment="Project, or name of the Airflow connection"
        ),
        sa.Column("run_id", sa.String(length=300), nullable=False, comment="Names the run"),
        sa.Column("job_name", sa.String(length=300), nullable=False, comment="Names the job, stable across its runs"),
        sa.Column(
            "parent", sa.Text(), nullable=False, comment="Run that it belongs to: the DAG run of a task, a parent job"
        ),
        sa.Column(
            "state",
            sa.String(length=20),
            nullable=False,
            comment="queued, running, succeeded, failed, cancelled or skipped",
        ),
        sa.Column("created_at", TIME, comment="When it was asked for"),
        sa.Column("start_at", TIME, comment="When it started"),
        sa.Column("end_at", TIME, comment="When it ended"),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="Attempt number, from 1"),
        sa.Column("error", sa.Text(), nullable=False, comment="One line, empty when there is none"),
        sa.Column("principal", sa.Text(), nullable=False, comment="Who ran it"),
        sa.Column("labels", JSON, nullable=False, comment="Labels of the job"),
        sa.Column("slot_ms", sa.BigInteger(), nullable=False, comment="BigQuery slot-milliseconds"),
        sa.Column("bytes_billed", sa.BigInteger(), nullable=False, comment="Bytes billed"),
        sa.Column("cache_hit", sa.Boolean(), comment="Whether the answer came from the cache"),
        sa.Column(
            "statement_type", sa.String(length=40), nullable=False, comment="SELECT, MERGE, LOAD, COPY, EXTRACT…"
        ),
        sa.Column("query_key", sa.String(length=64), nullable=False, comment="Fingerprint of the normalised query"),
        sa.Column("destination", sa.Text(), nullable=False, comment="project.dataset.table that it writes"),
        sa.Column("sources", JSON, nullable=False, comment="project.dataset.table that it reads"),
        sa.PrimaryKeyConstraint("service", "project", "run_id"),
    )
    op.create_index("ix_job_runs_job", "job_runs", ["service", "project", "job_name", "start_at"], unique=False)
    op.create_index("ix_job_runs_start", "job_runs", ["start_at"], unique=False)
    op.create_index(
        "ix_job_runs_unfinished",
        "job_runs",
        ["service", "project"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
        sqlite_where=sa.text("state IN ('queued', 'running')"),
    )


def _create_table_sizes() -> None:
    op.create_table(
        "table_sizes",
        sa.Column("day", sa.Date(), nullable=False, comment="UTC day of the snapshot"),
        sa.Column("resource", sa.String(length=400), nullable=False, comment="project.dataset.table, or gs://bucket"),
        sa.Column("service", sa.String(length=40), nullable=False, comment="bigquery or storage"),
        sa.Column("project", sa.String(length=100), nullable=False, comment="Project that it is in"),
        sa.Column("container", sa.String(length=300), nullable=False, comment="Dataset or bucket"),
        sa.Column("kind", sa.String(length=40), nullable=False, comment="BASE TABLE, VIEW, EXTERNAL…, bucket"),
        sa.Column("row_count", sa.BigInteger(), comment="Rows, or objects of a bucket"),
        sa.Column("size_bytes", sa.BigInteger(), comment="Logical bytes"),
        sa.Column("partitions", sa.BigInteger(), comment="Partitions"),
        sa.Column(
            "schema_key",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the columns; another one is another schema",
        ),
        sa.Column("changed_at", TIME, comment="Last change of the data"),
        sa.PrimaryKeyConstraint("day", "resource"),
    )


def _create_user_actions() -> None:
    op.create_table(
        "user_actions",
        sa.Column("hour", TIME, nullable=False, comment="Start of the hour"),
        sa.Column(
            "key", sa.String(length=64), nullable=False, comment="Hash of project, principal, method and resource"
        ),
        sa.Column("project", sa.String(length=100), nullable=False, comment="Project whose log said so"),
        sa.Column(
            "principal", sa.String(length=300), nullable=False, comment="Who did it: e-mail address or principal://…"
        ),
        sa.Column("service", sa.String(length=100), nullable=False, comment="API, such as storage.googleapis.com"),
        sa.Column("method", sa.String(length=300), nullable=False, comment="methodName of the audit entry"),
        sa.Column("resource", sa.String(length=600), nullable=False, comment="Full resource name, as bindings have it"),
        sa.Column("count", sa.BigInteger(), nullable=False, comment="Calls"),
        sa.Column("denied", sa.BigInteger(), nullable=False, comment="Of them refused for want of permission"),
        sa.Column("first_at", TIME, nullable=False, comment="First of them"),
        sa.Column("last_at", TIME, nullable=False, comment="Last of them"),
        sa.Column("networks", JSON, nullable=False, comment="Caller networks (/24 or /48), at most 20"),
        sa.Column("permissions", JSON, nullable=False, comment="Permissions that were checked"),
        sa.PrimaryKeyConstraint("hour", "key"),
        postgresql_partition_by="RANGE (hour)",
    )
    op.create_index("ix_user_actions_principal", "user_actions", ["principal", "hour"], unique=False)
    op.create_index("ix_user_actions_resource", "user_actions", ["resource", "hour"], unique=False)


def _create_resources() -> None:
    op.create_table(
        "resources",
        sa.Column("name", sa.String(length=600), nullable=False, comment="Full resource name, //service/…"),
        sa.Column("asset_type", sa.String(length=100), nullable=False, comment="Such as storage.googleapis.com/Bucket"),
        sa.Column(
            "project", sa.String(length=100), nullable=False, comment="Project id, empty for folders and organizations"
        ),
        sa.Column("ancestors", JSON, nullable=False, comment="projects/…, folders/…, organizations/…, nearest first"),
        sa.Column(
            "policy_key", sa.String(length=64), nullable=False, comment="Hash of its policy: unchanged writes nothing"
        ),
        sa.Column("seen_by", ID, nullable=False, comment="Snapshot that saw it last"),
        sa.Column("missing_since", TIME, comment="Time of the first snapshot that missed it"),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", ID, nullable=False, comment="Number of the binding"),
        sa.Column("resource", sa.String(length=600), nullable=False, comment="Full resource name"),
        sa.Column("role", sa.String(length=300), nullable=False, comment="roles/…, projects/P/roles/…"),
        sa.Column(
            "member", sa.String(length=400), nullable=False, comment="user:…, group:…, serviceAccount:…, allUsers…"
        ),
        sa.Column(
            "condition_key",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the condition's expression, empty for none",
        ),
        sa.Column("condition", JSON, comment="expression, title, description"),
        sa.Column(
            "valid_from",
            TIME,
            nullable=False,
            comment="From: audit log time if known, else the first snapshot that saw it",
        ),
        sa.Column("valid_to", TIME, comment="Until: audit log time if known, else the first snapshot that missed it"),
        sa.Column("exact_from", sa.Boolean(), nullable=False, comment="valid_from comes from the audit log"),
        sa.Column("exact_to", sa.Boolean(), nullable=False, comment="valid_to comes from the audit log"),
        sa.Column("granted_by", sa.String(length=300), comment="Who granted it, from the audit log"),
        sa.Column("revoked_by", sa.String(length=300), comment="Who took it away, from the audit log"),
        sa.Column("seen_by", ID, nullable=False, comment="Snapshot that wrote it"),
        sa.Column("missing_since", TIME, comment="Time of the first snapshot that missed it; closed by the next one"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bindings_member", "bindings", ["member", "valid_from"], unique=False)
    op.create_index("ix_bindings_resource", "bindings", ["resource", "valid_from"], unique=False)
    op.create_index(
        "uq_bindings_open",
        "bindings",
        ["resource", "role", "member", "condition_key"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL"),
    )


def _create_binding_changes() -> None:
    op.create_table(
        "binding_changes",
        sa.Column(
            "event_key",
            sa.String(length=340),
            nullable=False,
            comment="Names the log entry and the element of its delta",
        ),
        sa.Column("time", TIME, nullable=False, comment="Event time"),
        sa.Column("resource", sa.String(length=600), nullable=False, comment="Full resource name"),
        sa.Column("action", sa.String(length=10), nullable=False, comment="ADD or REMOVE"),
        sa.Column("role", sa.String(length=300), nullable=False, comment="Role"),
        sa.Column("member", sa.String(length=400), nullable=False, comment="Member"),
        sa.Column("condition_key", sa.String(length=64), nullable=False, comment="Hash of the condition's expression"),
        sa.Column("condition", JSON, comment="expression, title, description"),
        sa.Column("principal", sa.String(length=300), nullable=False, comment="Who changed it"),
        sa.Column("reconciled", sa.Boolean(), nullable=False, comment="Its binding has this time"),
        sa.PrimaryKeyConstraint("event_key"),
    )
    op.create_index("ix_binding_changes_resource", "binding_changes", ["resource", "time"], unique=False)
    op.create_index("ix_binding_changes_time", "binding_changes", ["time"], unique=False)


def _create_roles() -> None:
    op.create_table(
        "roles",
        sa.Column("name", sa.String(length=300), nullable=False, comment="roles/… or projects/P/roles/…"),
        sa.Column("valid_from", TIME, nullable=False, comment="First snapshot that saw it so"),
        sa.Column("valid_to", TIME, comment="First snapshot that saw it otherwise"),
        sa.Column("title", sa.Text(), nullable=False, comment="Title"),
        sa.Column("stage", sa.String(length=20), nullable=False, comment="Launch stage"),
        sa.Column("permissions", JSON, nullable=False, comment="Included permissions"),
        sa.PrimaryKeyConstraint("name", "valid_from"),
    )


def _create_service_accounts() -> None:
    op.create_table(
        "service_accounts",
        sa.Column("email", sa.String(length=300), nullable=False, comment="E-mail address"),
        sa.Column("project", sa.String(length=100), nullable=False, comment="Project that it is in"),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Display name"),
        sa.Column("disabled", sa.Boolean(), nullable=False, comment="Whether it is disabled"),
        sa.Column("first_seen_at", TIME, nullable=False, comment="First snapshot that saw it"),
        sa.Column("last_seen_at", TIME, nullable=False, comment="Last snapshot that saw it"),
        sa.Column("last_used_at", TIME, comment="Last authentication known; none is unknown, not never"),
        sa.PrimaryKeyConstraint("email"),
    )
    op.create_index("ix_service_accounts_project", "service_accounts", ["project"], unique=False)


def _create_service_account_keys() -> None:
    op.create_table(
        "service_account_keys",
        sa.Column("name", sa.String(length=400), nullable=False, comment="projects/P/serviceAccounts/E/keys/K"),
        sa.Column("email", sa.String(length=300), nullable=False, comment="Its account"),
        sa.Column("created_at", TIME, nullable=False, comment="Valid after"),
        sa.Column("expires_at", TIME, comment="Valid before"),
        sa.Column("disabled", sa.Boolean(), nullable=False, comment="Whether it is disabled"),
        sa.Column("first_seen_at", TIME, nullable=False, comment="First snapshot that saw it"),
        sa.Column("last_seen_at", TIME, nullable=False, comment="Last snapshot that saw it"),
        sa.Column("last_used_at", TIME, comment="Last use known; none is unknown, not never"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_service_account_keys_email", "service_account_keys", ["email"], unique=False)


def _create_group_members() -> None:
    op.create_table(
        "group_members",
        sa.Column("group", sa.String(length=300), nullable=False, comment="E-mail address of the group"),
        sa.Column("member", sa.String(length=400), nullable=False, comment="user:…, serviceAccount:…, group:…"),
        sa.Column("valid_from", TIME, nullable=False, comment="First snapshot that saw it"),
        sa.Column("valid_to", TIME, comment="First snapshot that missed it"),
        sa.PrimaryKeyConstraint("group", "member", "valid_from"),
    )


def _create_coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column(
            "subject",
            sa.String(length=300),
            nullable=False,
            comment="data_access/PROJECT/SERVICE, group/EMAIL, admin_activity/PROJECT",
        ),
        sa.Column("since", TIME, nullable=False, comment="Evidence is complete from here on"),
        sa.Column("until", TIME, nullable=False, comment="…up to here"),
        sa.PrimaryKeyConstraint("subject", "since"),
    )
