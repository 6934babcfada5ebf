"""Approval of action runs. Older code treats a run that waits for approval as a planned dry run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    approval = "Who may approve, for how many seconds, and the plan by language; null if no approval is needed"
    op.add_column("action_runs", sa.Column("approval", JSON, nullable=True, comment=approval))
    until = "Until when it waits for approval, null before the plan is known"
    op.add_column("action_runs", sa.Column("approval_until", TIME, nullable=True, comment=until))
    by = "Person who approved or denied it, empty if the time limit denied it"
    op.add_column("action_runs", sa.Column("decided_by", sa.Text(), nullable=True, comment=by))
    at = "When it was approved or denied"
    op.add_column("action_runs", sa.Column("decided_at", TIME, nullable=True, comment=at))


def downgrade() -> None:
    for name in ("decided_at", "decided_by", "approval_until", "approval"):
        op.drop_column("action_runs", name)
