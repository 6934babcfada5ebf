"""An index for the runs that belong to another run: a page shows the tasks of a DAG run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    has_parent = sa.text("parent <> ''")
    op.create_index("ix_job_runs_parent", "job_runs", ["parent"], sqlite_where=has_parent, postgresql_where=has_parent)


def downgrade() -> None:
    op.drop_index("ix_job_runs_parent", "job_runs")
