"""Readings of probes, such as the states of Kafka connectors. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "probe_readings",
        sa.Column("probe", sa.String(120), nullable=False, comment="Probe, such as kafka/cdc"),
        sa.Column("time", TIME, nullable=False, comment="When it read"),
        sa.Column("data", JSON, nullable=False, comment="What it read, without the words of errors"),
        sa.Column("stored_at", TIME, nullable=False, comment="When this row was stored"),
        sa.PrimaryKeyConstraint("probe", "time", name=op.f("pk_probe_readings")),
    )
    op.create_index(op.f("ix_probe_readings_stored_at"), "probe_readings", ["stored_at"])


def downgrade() -> None:
    op.drop_table("probe_readings")
