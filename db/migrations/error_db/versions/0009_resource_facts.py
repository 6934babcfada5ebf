"""Fields of resources that earlier entries showed. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "resource_facts",
        sa.Column("resource_key", sa.String(64), nullable=False, comment="Hash of the rule and the resource"),
        sa.Column("event_key", sa.String(300), nullable=False, comment="Identifies the event"),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, comment="Event time"),
        sa.Column("whole", sa.Boolean(), nullable=False, comment="Whether it replaces what earlier entries showed"),
        sa.Column("fields", JSON, nullable=False, comment="The fields, nested as in the entry"),
        sa.PrimaryKeyConstraint("resource_key", "event_key", name=op.f("pk_resource_facts")),
    )
    op.create_index(op.f("ix_resource_facts_time"), "resource_facts", ["time"])


def downgrade() -> None:
    op.drop_table("resource_facts")
