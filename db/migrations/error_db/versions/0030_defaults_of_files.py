"""The block of defaults of the last applied file, so that later changes by commands or the dashboard are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    comment = "The block of defaults, rotations and owners of the file that was last applied"
    op.add_column("handler_rule_versions", sa.Column("file_defaults", JSON, nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("handler_rule_versions", "file_defaults")
