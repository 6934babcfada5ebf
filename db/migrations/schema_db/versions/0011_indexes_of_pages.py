"""An index for the groups that have access; pages about a principal show whether their members are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    to_group = sa.text("substr(member, 1, 6) = 'group:'")
    op.create_index("ix_bindings_groups", "bindings", ["member"], sqlite_where=to_group, postgresql_where=to_group)


def downgrade() -> None:
    op.drop_index("ix_bindings_groups", "bindings")
