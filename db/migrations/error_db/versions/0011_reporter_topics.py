"""The topics of reporters. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reporter_topics",
        sa.Column("reporter", sa.String(60), nullable=False, comment="Name in reporters.yaml"),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the reporter first published to its own topic",
        ),
        sa.PrimaryKeyConstraint("reporter", name=op.f("pk_reporter_topics")),
    )


def downgrade() -> None:
    op.drop_table("reporter_topics")
