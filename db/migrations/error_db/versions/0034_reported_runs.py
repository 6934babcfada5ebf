"""Runs of jobs that reporters outside Google Cloud report. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reported_runs",
        sa.Column("run_key", sa.String(64), nullable=False, comment="Digest of reporter, job and run"),
        sa.Column("job_key", sa.String(64), nullable=False, comment="Digest of reporter and job"),
        sa.Column("reporter", sa.String(60), nullable=False, comment="Reporter, as declared"),
        sa.Column("job", sa.String(300), nullable=False, comment="Name of the job"),
        sa.Column(
            "run",
            sa.String(300),
            nullable=False,
            comment="Id of the run; without one the time of its first report",
        ),
        sa.Column("has_id", sa.Boolean, nullable=False, comment="Whether the reporter gave the id"),
        sa.Column("state", sa.String(20), nullable=False, comment="running, succeeded or failed"),
        sa.Column("state_at", TIME, nullable=False, comment="Event time of the state"),
        sa.Column("started_at", TIME, nullable=True, comment="When it started; null if only its end was reported"),
        sa.Column("events", JSON, nullable=False, comment="Digests of the reports, the latest ten"),
        sa.Column("summary", sa.Text, nullable=False, comment="Why it failed, redacted"),
        sa.Column("every_seconds", sa.Integer, nullable=True, comment="Expected longest time between two runs"),
        sa.Column("finish_by", sa.String(80), nullable=False, comment="Expected time of day of its end, with zone"),
        sa.Column("changed_at", TIME, nullable=False, comment="When this row last changed"),
        sa.PrimaryKeyConstraint("run_key", name=op.f("pk_reported_runs")),
    )
    op.create_index("ix_reported_runs_job", "reported_runs", ["job_key", "state_at"])
    op.create_index(op.f("ix_reported_runs_changed_at"), "reported_runs", ["changed_at"])


def downgrade() -> None:
    op.drop_table("reported_runs")
