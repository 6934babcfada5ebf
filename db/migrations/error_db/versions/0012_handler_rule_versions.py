"""Versions of the handler rules. Older code changes the rules without a version; the next change records one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "handler_rule_versions",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the version"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, comment="When the rules were changed"),
        sa.Column("changed_by", sa.Text(), nullable=False, comment="Person or job that changed them, empty if unknown"),
        sa.Column("source", sa.String(20), nullable=False, comment="file, command, rollback, dashboard, or unknown"),
        sa.Column("note", sa.Text(), nullable=False, comment="Reason of the change, one line"),
        sa.Column("rules", JSON, nullable=False, comment="All rules after the change, in their order"),
        sa.Column("defaults", JSON, nullable=True, comment="The block of defaults that rules inherit"),
        sa.Column("file", JSON, nullable=True, comment="The rules of the file that was last applied, by name"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handler_rule_versions")),
    )


def downgrade() -> None:
    op.drop_table("handler_rule_versions")
