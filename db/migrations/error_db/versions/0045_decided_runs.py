"""An index of the few runs on which a person decided: their incidents did not end without a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NAME = "ix_action_runs_decided"


def upgrade() -> None:
    where = sa.text("decided_by IS NOT NULL")
    op.create_index(NAME, "action_runs", ["incident_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(NAME, "action_runs")
