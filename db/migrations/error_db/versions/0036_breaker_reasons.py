"""The reason of an open circuit breaker in Japanese. Older code ignores the column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("breakers", sa.Column("reason_ja", sa.Text, nullable=True, comment="The reason in Japanese"))


def downgrade() -> None:
    with op.batch_alter_table("breakers") as table:
        table.drop_column("reason_ja")
