"""The ancestors of resources before they moved. Moves before this migration are unknown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_places",
        sa.Column("resource", sa.String(length=600), nullable=False, comment="Full resource name"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="First snapshot that saw it elsewhere"),
        sa.Column(
            "ancestors",
            sa.JSON().with_variant(JSONB(), "postgresql"),
            nullable=False,
            comment="projects/…, folders/…, organizations/…, nearest first",
        ),
        sa.PrimaryKeyConstraint("resource", "until"),
    )


def downgrade() -> None:
    op.drop_table("former_places")
