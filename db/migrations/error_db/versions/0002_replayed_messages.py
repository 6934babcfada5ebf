"""The time when a rejected message was replayed. Older code ignores the column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "When it was sent again, once what was wrong is mended"
    column = sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True, comment=comment)
    op.add_column("rejected_messages", column)


def downgrade() -> None:
    op.drop_column("rejected_messages", "replayed_at")
