"""The decision behind each action run, stage by stage. Older code ignores it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    decision = "Result of each stage of the decision: stage, reason, whether it stops the run, values"
    op.add_column("action_runs", sa.Column("decision", JSON, nullable=True, comment=decision))


def downgrade() -> None:
    op.drop_column("action_runs", "decision")
