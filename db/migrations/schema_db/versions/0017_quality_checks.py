"""Data quality checks and their results. Older code ignores the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = "check_key"


def _text(name: str, length: int | None, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False, comment=comment)


def _outcome() -> list[sa.Column[str]]:
    return [
        _text("state", 20, "passed, warned, failed, error or skipped"),
        _text("severity", 20, "As its source states it; empty if it does not"),
        _text("value", None, "What the check measured, as text"),
        _text("expected", None, "What the check allows, as text"),
        _text("message", None, "What the source says besides, without secrets"),
        _text("run", 300, "Run that made the result"),
        _text("url", None, "Link to the run; empty if there is none"),
    ]


def upgrade() -> None:
    op.create_table(
        "quality_checks",
        _text(KEY, 64, "Fingerprint of its incident"),
        _text("source", 20, "report, query or dataplex"),
        _text("origin", 300, "Reporter, declared query or scan"),
        _text("check_name", 300, "Name of the check"),
        _text("table_name", 300, "Checked table"),
        _text("column_name", 300, "Checked column; empty for a whole table"),
        _text("partition_name", 300, "Checked partition; empty for all"),
        _text("dimension", 60, "Such as completeness or uniqueness"),
        sa.Column("checked_at", TIME, nullable=False, comment="Event time of the latest result"),
        *_outcome(),
        sa.PrimaryKeyConstraint(KEY),
    )
    op.create_index("ix_quality_checks_table_name", "quality_checks", ["table_name"])
    op.create_index("ix_quality_checks_checked_at", "quality_checks", ["checked_at"])
    op.create_table(
        "quality_results",
        _text(KEY, 64, "The check, as in quality_checks"),
        sa.Column("time", TIME, nullable=False, comment="Event time of the result"),
        *_outcome(),
        sa.PrimaryKeyConstraint(KEY, "time", "run"),
    )
    op.create_index("ix_quality_results_time", "quality_results", ["time"])


def downgrade() -> None:
    op.drop_table("quality_results")
    op.drop_table("quality_checks")
