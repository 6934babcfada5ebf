"""Numbers of incidents that were merged into others. Older code ignores them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MERGED = sa.text("merged_numbers IS NOT NULL")


def upgrade() -> None:
    merged = "Numbers of the incidents that were merged into it"
    op.add_column("incidents", sa.Column("merged_numbers", JSON, nullable=True, comment=merged))
    op.create_index("ix_incidents_merged", "incidents", ["id"], sqlite_where=MERGED, postgresql_where=MERGED)
    before = "Number of its incident before others were merged with it, null if none was since"
    op.add_column("action_runs", sa.Column("number_before", sa.Integer(), nullable=True, comment=before))


def downgrade() -> None:
    op.drop_column("action_runs", "number_before")
    op.drop_index("ix_incidents_merged", "incidents")
    op.drop_column("incidents", "merged_numbers")
