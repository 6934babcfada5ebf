"""The values that distinguish the system that recovered, such as its environment. Older code ignores the column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
COMMENT = "Values that distinguish its system: it repairs no job of another one, such as an environment"


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("separate_by", JSON, nullable=True, comment=COMMENT))


def downgrade() -> None:
    op.drop_column("recoveries", "separate_by")
