"""Runs that undo another one. Older code does not plan them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of = "Number of the run that it undoes, null for other runs"
    op.add_column("action_runs", sa.Column("undo_of", sa.Integer(), nullable=True, comment=of))
    at = "When the run was undone, null if it was not"
    op.add_column("action_runs", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True, comment=at))
    is_undo = sa.text("undo_of IS NOT NULL")
    op.create_index(
        "ix_action_runs_undo_of", "action_runs", ["undo_of"], sqlite_where=is_undo, postgresql_where=is_undo
    )


def downgrade() -> None:
    op.drop_index("ix_action_runs_undo_of", "action_runs")
    for name in ("undone_at", "undo_of"):
        op.drop_column("action_runs", name)
