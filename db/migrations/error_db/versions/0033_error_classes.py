"""The class of the error of a failed job. Older code ignores the column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    what = "Class of the error of a failed job, such as quota; empty for other incidents"
    op.add_column("incidents", sa.Column("error_class", sa.String(20), nullable=True, comment=what))


def downgrade() -> None:
    op.drop_column("incidents", "error_class")
