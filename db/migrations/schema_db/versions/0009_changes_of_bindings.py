"""Indexes for the bindings that began or ended in a period, whatever their resource: causes of incidents, changes of access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_bindings_began", "bindings", ["valid_from"])
    has_ended = sa.text("valid_to IS NOT NULL")
    op.create_index("ix_bindings_ended", "bindings", ["valid_to"], sqlite_where=has_ended, postgresql_where=has_ended)


def downgrade() -> None:
    for name in ("ix_bindings_ended", "ix_bindings_began"):
        op.drop_index(name, "bindings")
