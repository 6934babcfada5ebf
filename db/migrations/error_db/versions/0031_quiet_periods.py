"""The quiet period of an incident's rule, and the interval of its job that the history of jobs showed.

The length of a quiet period follows from both and from the events of the job. Only the length was stored before, so
that a late event could not shorten it. Older code ignores the columns.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

OF_RULE = "Shortest quiet period: that of its rule"
USUAL = "Seconds between two runs of its job, as the history of jobs showed it"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("rule_quiet_seconds", sa.Integer(), nullable=True, comment=OF_RULE))
    op.add_column("incidents", sa.Column("usual_seconds", sa.Integer(), nullable=True, comment=USUAL))


def downgrade() -> None:
    op.drop_column("incidents", "usual_seconds")
    op.drop_column("incidents", "rule_quiet_seconds")
