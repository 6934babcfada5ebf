"""The machines on which workers on-premises live. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "worker_machines",
        sa.Column("worker", sa.String(40), nullable=False, comment="Name of the worker"),
        sa.Column(
            "machine", sa.String(200), nullable=False, comment="Name of the machine, and the folder of its state"
        ),
        sa.Column("alive_since", TIME, nullable=False, comment="Since when it is heard of without a gap"),
        sa.Column("seen_at", TIME, nullable=False, comment="When it was last heard of"),
        sa.Column(
            "is_subscribed",
            sa.Boolean(),
            nullable=False,
            comment="Whether it has a subscription, rather than the database",
        ),
        sa.Column("scripts", JSON, nullable=False, comment="Names of the scripts that it declares"),
        sa.PrimaryKeyConstraint("worker", "machine", name=op.f("pk_worker_machines")),
    )


def downgrade() -> None:
    op.drop_table("worker_machines")
