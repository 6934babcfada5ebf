"""The next period of each scheduled report. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    maybe = "Whether an attempt without an answer may have sent it"
    op.create_table(
        "report_subscriptions",
        sa.Column("name", sa.String(120), primary_key=True, comment="Frequency and channel"),
        sa.Column("next_day", sa.Date(), nullable=False, comment="First day of the next period to send"),
        sa.Column(
            "attempts", sa.Integer(), nullable=False, comment="Failed or interrupted attempts to send this period"
        ),
        sa.Column("not_before", TIME, nullable=False, comment="Earliest time of the next attempt; claimed until then"),
        sa.Column("sent_at", TIME, nullable=True, comment="When the last report was sent"),
        sa.Column(
            "error", sa.Text(), nullable=True, comment="Error of the last attempt, one line, null if it succeeded"
        ),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False, comment=maybe),
    )


def downgrade() -> None:
    op.drop_table("report_subscriptions")
