"""The numbers of projects, which the names of Google's service agents contain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NUMBER = "Number of a project, empty for other resources"


def upgrade() -> None:
    column = sa.Column("number", sa.String(20), nullable=False, server_default="", comment=NUMBER)
    op.add_column("resources", column)


def downgrade() -> None:
    op.drop_column("resources", "number")
