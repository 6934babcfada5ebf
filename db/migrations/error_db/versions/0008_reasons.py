"""Reasons of failed runs, and groups of jobs that are connected. Older code ignores all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    reason = "Why the run failed, from another entry of it"
    op.add_column("incidents", sa.Column("reason", sa.Text(), nullable=True, comment=reason))
    effects = "Resources of the jobs that failed because of it"
    op.add_column("incidents", sa.Column("effects", JSON, nullable=True, comment=effects))
    joined = "Group that this group or fingerprint belongs to now"
    op.add_column("fingerprint_state", sa.Column("joined", sa.String(64), nullable=True, comment=joined))
    op.create_table(
        "reasons",
        sa.Column("name", sa.String(64), nullable=False, comment="Digest of its names"),
        sa.Column("rule", sa.String(200), nullable=False, comment="Rule that found the line"),
        sa.Column("fault_group", sa.String(64), nullable=False, comment="Group of jobs of the run"),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, comment="Event time"),
        sa.Column("severity", sa.String(20), nullable=False, comment="How much the line says, a Sigma level"),
        sa.Column("links", JSON, nullable=False, comment="Names of the run, and of the jobs that the line names"),
        sa.Column("text", sa.Text(), nullable=False, comment="The line, redacted"),
        sa.PrimaryKeyConstraint("name", "rule", name=op.f("pk_reasons")),
    )
    op.create_index(op.f("ix_reasons_fault_group"), "reasons", ["fault_group"])
    op.create_index(op.f("ix_reasons_time"), "reasons", ["time"])


def downgrade() -> None:
    op.drop_table("reasons")
    op.drop_column("fingerprint_state", "joined")
    op.drop_column("incidents", "effects")
    op.drop_column("incidents", "reason")
