"""Workers on-premises and their answers to orders. Older code ignores the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "script_workers",
        sa.Column("name", sa.String(40), nullable=False, comment="Name of the worker"),
        sa.Column("seen_at", TIME, nullable=False, comment="When it was last heard of"),
        sa.Column(
            "is_subscribed",
            sa.Boolean(),
            nullable=False,
            comment="Whether it has a subscription, rather than the database",
        ),
        sa.Column("scripts", JSON, nullable=False, comment="Names of the scripts that it declares"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_script_workers")),
    )
    op.create_table(
        "worker_answers",
        sa.Column("order_id", sa.String(64), nullable=False, comment="Id of the order, the key of the run"),
        sa.Column("run_id", sa.Integer(), nullable=False, comment="Run that the order is for"),
        sa.Column("worker", sa.String(40), nullable=False, comment="Name of the worker"),
        sa.Column("state", sa.String(20), nullable=False, comment="started, ended, refused or unknown"),
        sa.Column("time", TIME, nullable=False, comment="When the worker said so"),
        sa.Column("exit", sa.Integer(), nullable=True, comment="Exit code; null unless it ended"),
        sa.Column("output", sa.Text(), nullable=False, comment="Output, redacted"),
        sa.Column("milliseconds", sa.Integer(), nullable=False, comment="How long it ran"),
        sa.Column("timed_out", sa.Boolean(), nullable=False, comment="Whether it was killed at its time limit"),
        sa.Column("reason", JSON, nullable=True, comment="Why it was refused, by language"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["action_runs.id"], name=op.f("fk_worker_answers_run_id_action_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_worker_answers")),
    )
    op.create_index(op.f("ix_worker_answers_run_id"), "worker_answers", ["run_id"])


def downgrade() -> None:
    op.drop_table("worker_answers")
    op.drop_table("script_workers")
