"""Runs of scripts for workers on-premises. Older code ignores the column and runs such a script itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "Worker beside a system on-premises that takes the run, null for the function"
    op.add_column("action_runs", sa.Column("worker", sa.String(40), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("action_runs", "worker")
