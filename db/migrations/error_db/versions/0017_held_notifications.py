"""Notifications that wait for the hours of their rule. Older code sends them one by one when they are due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "Begin of the hours of its rule, if it was planned outside them; then it shares a digest"
    op.add_column("action_runs", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("action_runs", "held_until")
