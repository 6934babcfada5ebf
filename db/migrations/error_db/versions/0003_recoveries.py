"""Recoveries are stored one by one, and incidents have their unrepaired runs. Older code ignores both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    for column in _incident_columns():
        op.add_column("incidents", column)
    for column in _occurrence_columns():
        op.add_column("occurrences", column)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the recovery"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="Fault that it ends"),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, comment="Event time"),
        sa.Column("run", sa.String(200), nullable=False, comment="Run that it repairs, empty for all"),
        sa.Column("kind", sa.String(20), nullable=False, comment="recovery, person, repair or quiet"),
        sa.Column("summary", sa.Text(), nullable=False, comment="One line"),
        sa.Column(
            "unless_after",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Of a quiet period: void when a failure after this time is found later",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("fingerprint", "time", "run", name="uq_recoveries"),
    )
    op.create_index(op.f("ix_recoveries_time"), "recoveries", ["time"])


def downgrade() -> None:
    op.drop_table("recoveries")
    for column in _occurrence_columns():
        op.drop_column("occurrences", column.name)
    for column in _incident_columns():
        op.drop_column("incidents", column.name)


def _incident_columns() -> list[sa.Column[object]]:
    time = sa.DateTime(timezone=True)
    unrepaired = "Runs that failed and did not succeed since, with the time of failure"
    later = "Event time of the latest success of another run, while this one is unrepaired"
    return [
        sa.Column("resolved_by", sa.String(20), nullable=True, comment="recovery, person, repair or quiet"),
        sa.Column("unrepaired", JSON, nullable=False, server_default="{}", comment=unrepaired),
        sa.Column("later_success_at", time, nullable=True, comment=later),
    ]


def _occurrence_columns() -> list[sa.Column[object]]:
    time = sa.DateTime(timezone=True)
    began = "When the fault began, where that is known to be earlier"
    run = "Run that failed, empty where runs are not told apart"
    return [
        sa.Column("began_at", time, nullable=True, comment=began),
        sa.Column("run", sa.String(200), nullable=False, server_default="", comment=run),
    ]
