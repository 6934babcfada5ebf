"""Results of data quality checks that reporters outside Google Cloud report. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _text(name: str, length: int | None, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "reported_checks",
        _text("event", 64, "Digest of check, time and run"),
        _text("check_key", 64, "Fingerprint of the incident of the check"),
        _text("reporter", 60, "Reporter, as declared"),
        _text("check_name", 300, "Name of the check"),
        _text("table_name", 300, "Checked table"),
        _text("column_name", 300, "Checked column; empty for a whole table"),
        _text("partition_name", 300, "Checked partition; empty for all"),
        _text("dimension", 60, "Such as completeness or uniqueness"),
        sa.Column("time", TIME, nullable=False, comment="Event time of the result"),
        _text("state", 20, "passed, warned, failed, error or skipped"),
        _text("severity", 20, "As reported; empty if it is not"),
        _text("value", None, "What the check measured, redacted"),
        _text("expected", None, "What the check allows, redacted"),
        _text("message", None, "What the reporter says besides, redacted"),
        _text("run", 300, "Id of the run, as reported"),
        _text("url", None, "Link to the run; empty if there is none"),
        sa.Column("changed_at", TIME, nullable=False, comment="When this row last changed"),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_reported_checks")),
    )
    op.create_index(op.f("ix_reported_checks_changed_at"), "reported_checks", ["changed_at"])


def downgrade() -> None:
    op.drop_table("reported_checks")
