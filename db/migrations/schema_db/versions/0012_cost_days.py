"""The cost of BigQuery by day, stored as sums for pages about months and years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    by = "user, job, dataset, label:NAME, or empty for the whole day"
    runs = "Runs; one that reads several datasets is divided among them"
    op.create_table(
        "cost_days",
        sa.Column("dimension", sa.String(100), nullable=False, comment=by),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC day"),
        sa.Column("name", sa.Text(), nullable=False, comment="User, job, dataset or value of the label"),
        sa.Column("runs", sa.Float(), nullable=False, comment=runs),
        sa.Column("bytes_billed", sa.Float(), nullable=False, comment="Bytes billed on demand"),
        sa.Column("slot_hours", sa.Float(), nullable=False, comment="Slot-hours"),
        sa.Column("reserved_slot_hours", sa.Float(), nullable=False, comment="Slot-hours in reservations"),
        sa.PrimaryKeyConstraint("dimension", "day", "name"),
    )


def downgrade() -> None:
    op.drop_table("cost_days")
