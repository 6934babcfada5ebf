"""Counted events keep their call, resource and address. Older code leaves the column empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    comment = "Call, resource and address of the event by path, redacted"
    op.add_column("correlation_events", sa.Column("call", JSON, comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("correlation_events") as table:
        table.drop_column("call")
