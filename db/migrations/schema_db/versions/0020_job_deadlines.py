"""By when the next runs of jobs have to end, written by each check of late jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "job_deadlines",
        sa.Column("service", sa.String(40), nullable=False, comment="As in job_runs"),
        sa.Column("project", sa.String(100), nullable=False, comment="As in job_runs"),
        sa.Column("job_name", sa.String(300), nullable=False, comment="As in job_runs"),
        sa.Column("order_at", moment, nullable=False, comment="The deadline; while it is not known, the likely end"),
        sa.Column("state", sa.String(20), nullable=False, comment="on_time, late or learning"),
        sa.Column("is_running", sa.Boolean(), nullable=False, comment="Whether the run has started"),
        sa.Column(
            "is_declared", sa.Boolean(), nullable=False, comment="Whether the deadline was declared, not learned"
        ),
        sa.Column("due_at", moment, comment="When the run is due to start"),
        sa.Column("usual_end", moment, comment="When such a run usually ends"),
        sa.Column("deadline_at", moment, comment="By when it has to end, or ends at the latest as usual"),
        sa.Column("expected_end", moment, comment="When it is likely to end"),
        sa.Column("chance", sa.Double(), comment="Chance from 0 to 1 that it ends after a learned deadline"),
        sa.Column("runs", sa.Integer(), nullable=False, comment="Earlier runs from which the usual end is learned"),
        sa.Column("known_until", moment, nullable=False, comment="Until when the runs of the job were known"),
        sa.Column("seen_at", moment, nullable=False, comment="When the check saw this"),
        sa.PrimaryKeyConstraint("service", "project", "job_name"),
    )
    op.create_index("ix_job_deadlines_order_at", "job_deadlines", ["order_at"])


def downgrade() -> None:
    op.drop_index("ix_job_deadlines_order_at", "job_deadlines")
    op.drop_table("job_deadlines")
