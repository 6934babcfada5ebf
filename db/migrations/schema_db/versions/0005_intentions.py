"""The expectations of the platform map, and since when they apply."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intentions",
        sa.Column(
            "key",
            sa.String(length=64),
            nullable=False,
            comment="Hash of persona, member, layer with its patterns, and level",
        ),
        sa.Column("persona", sa.String(length=200), nullable=False, comment="Persona of the map"),
        sa.Column("member", sa.String(length=400), nullable=False, comment="Member that stands for it"),
        sa.Column("layer", sa.String(length=200), nullable=False, comment="Layer of the map"),
        sa.Column("level", sa.String(length=10), nullable=False, comment="read, write or admin"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="First check that saw it in the map"),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    op.drop_table("intentions")
