"""Daily sums of job runs for the lists of jobs, and an index for the first resources of each project.

The next run of the history function sums the days of the last weeks; until then, pages add up the runs themselves.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "job_days",
        sa.Column("day", sa.Date(), nullable=False, comment="UTC day"),
        sa.Column("service", sa.String(40), nullable=False, comment="As in job_runs, or empty"),
        sa.Column("project", sa.String(100), nullable=False, comment="As in job_runs, or empty"),
        sa.Column("job_name", sa.String(300), nullable=False, comment="As in job_runs, or empty"),
        sa.Column("runs", sa.Integer(), nullable=False, comment="Runs that started"),
        sa.Column("failed", sa.Integer(), nullable=False, comment="Those that failed"),
        sa.Column("first_start", moment, comment="When the first run started"),
        sa.Column("last_start", moment, comment="When the last run started"),
        sa.Column("succeeded_at", moment, comment="Last end of a run that succeeded"),
        sa.Column("failed_at", moment, comment="Last end of a run that failed"),
        sa.Column("running_since", moment, comment="Start of the last run that has not ended"),
        sa.Column("bytes_billed", sa.BigInteger(), nullable=False, comment="Bytes billed on demand"),
        sa.Column("reserved_slot_ms", sa.BigInteger(), nullable=False, comment="Slot-milliseconds in reservations"),
        sa.PrimaryKeyConstraint("day", "service", "project", "job_name"),
    )
    op.create_index("ix_resources_project", "resources", ["project", "name"])


def downgrade() -> None:
    op.drop_index("ix_resources_project", "resources")
    op.drop_table("job_days")
    op.execute("DELETE FROM changed_days WHERE name = 'job_days'")
