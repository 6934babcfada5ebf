"""Schedules of jobs, as Data Transfer Service and Cloud Scheduler declare them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _text(name: str, length: int | None, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length) if length else sa.Text(), nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "job_schedules",
        _text("service", 40, "bigquery (Data Transfer Service) or scheduler (Cloud Scheduler)"),
        _text("project", 100, "Project"),
        _text("location", 60, "Region or multi-region"),
        _text("job_name", 300, "Identifies the job, as in job_runs"),
        _text("title", None, "Name that its owner gave it"),
        _text("schedule", None, "As declared: cron or App Engine's format"),
        _text("time_zone", 60, "Time zone of the schedule"),
        sa.Column(
            "interval_seconds",
            sa.BigInteger(),
            comment="Longest time between two runs; null if the schedule does not show it",
        ),
        sa.Column("next_run_at", TIME, comment="Next run, according to the scheduler"),
        _text("state", 20, "enabled, paused or deleted"),
        sa.Column("seen_at", TIME, nullable=False, comment="When it was last read"),
        sa.PrimaryKeyConstraint("service", "project", "location", "job_name"),
    )


def downgrade() -> None:
    op.drop_table("job_schedules")
