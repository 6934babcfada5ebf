"""Circuit breakers of handler rules. Older code neither counts failures nor stops a rule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "breakers",
        sa.Column("handler_rule", sa.String(100), primary_key=True, comment="Handler rule"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Failed runs in a row"),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it is open, one line"),
        sa.Column("opened_at", TIME, nullable=True, comment="Since when the rule is stopped, null while it is not"),
        sa.Column("retry_at", TIME, nullable=True, comment="When one run may try again"),
        sa.Column("trial_run", sa.Integer(), nullable=True, comment="Number of the run that tries"),
    )


def downgrade() -> None:
    op.drop_table("breakers")
