"""Whether channels are broken, and their window of single cards. Older code ignores the columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    for column in _columns():
        op.add_column("channels", column)


def downgrade() -> None:
    for column in _columns():
        op.drop_column("channels", column.name)


def _columns() -> list[sa.Column[object]]:
    time = sa.DateTime(timezone=True)
    failures = "Failed attempts since the last message that was accepted"
    broken = "Since when notifications wait because the channel is broken, null while it works"
    waiting = "Whether notifications wait for the digest at the window's end"
    services = "Services that had a card of their own in this window"
    return [
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment=failures),
        sa.Column("failing_since", time, nullable=True, comment="Time of the first of these failed attempts"),
        sa.Column("broken_since", time, nullable=True, comment=broken),
        sa.Column("reason", sa.Text(), nullable=True, comment="Error of the last failed attempt, one line"),
        sa.Column("next_attempt_at", time, nullable=True, comment="When a broken channel is tried again"),
        sa.Column("repaired_at", time, nullable=True, comment="When the channel last worked again"),
        sa.Column("window_at", time, nullable=True, comment="Begin of the latest window of single cards"),
        sa.Column(
            "window_cards",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Cards that were sent in this window",
        ),
        sa.Column("window_waiting", sa.Boolean(), nullable=False, server_default=sa.false(), comment=waiting),
        sa.Column("window_services", JSON, nullable=True, comment=services),
    ]
