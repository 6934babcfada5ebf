"""Readings of the log around failures whose entry does not say why. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "log_readings",
        sa.Column(
            "occurrence_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Occurrence whose reason is looked for",
        ),
        sa.Column("project", sa.String(100), nullable=False, comment="Project whose log is read"),
        sa.Column(
            "query", sa.Text(), nullable=False, comment="Conditions in the Logging query language, without times"
        ),
        sa.Column("since", TIME, nullable=False, comment="Event time of the earliest entry that is read"),
        sa.Column("until", TIME, nullable=False, comment="Event time of the latest entry that is read"),
        sa.Column("planned_at", TIME, nullable=False, comment="When it was planned"),
        sa.Column(
            "due_at", TIME, nullable=False, comment="When it may be claimed: the end of the lease, or of a pause"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often it was claimed"),
        sa.Column("claimed_at", TIME, nullable=True, comment="When it was last claimed"),
        sa.Column("done_at", TIME, nullable=True, comment="When its result was recorded"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrences.id"],
            name=op.f("fk_log_readings_occurrence_id_occurrences"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence_id", name=op.f("pk_log_readings")),
    )
    op.create_index("ix_log_readings_due", "log_readings", ["done_at", "due_at"])
    op.create_index("ix_log_readings_claimed", "log_readings", ["claimed_at"])
    op.create_index("ix_log_readings_planned", "log_readings", ["planned_at"])


def downgrade() -> None:
    op.drop_table("log_readings")
