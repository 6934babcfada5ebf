"""Reports on the latest day and week, stored so that pages open without reading weeks of history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_reports",
        sa.Column("frequency", sa.String(20), nullable=False, comment="daily or weekly"),
        sa.Column("first", sa.Date(), nullable=False, comment="First day of the period"),
        sa.Column("zone", sa.String(100), nullable=False, comment="IANA name of the zone of its days"),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was made: it contains what was known then",
        ),
        sa.Column("content", sa.Text(), nullable=False, comment="The report as JSON"),
        sa.PrimaryKeyConstraint("frequency"),
    )


def downgrade() -> None:
    op.drop_table("kept_reports")
