"""Recurring silences. Older code treats them as active for their whole length."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    comment = "Weekly windows in which it is active, and their time zone; null if it always is"
    op.add_column("silences", sa.Column("recurrence", JSON, nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("silences", "recurrence")
