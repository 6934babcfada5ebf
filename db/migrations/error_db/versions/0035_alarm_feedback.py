"""Feedback of people on learned alarms. Older code ignores the table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alarm_feedback",
        sa.Column("id", sa.Integer, nullable=False, comment="Number of the feedback"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="Fault that it is about"),
        sa.Column("incident_id", sa.Integer, nullable=False, comment="Incident on which it was given"),
        sa.Column("verdict", sa.String(20), nullable=False, comment="expected, new_normal, never or real"),
        sa.Column("since", TIME, nullable=False, comment="Begin of the alarm that it is about"),
        sa.Column("until", TIME, nullable=False, comment="End of that alarm, as known then"),
        sa.Column("low", sa.Float, nullable=True, comment="Lowest value that is normal now; null without a limit"),
        sa.Column("high", sa.Float, nullable=True, comment="Highest value that is normal now; null without a limit"),
        sa.Column("reason", sa.Text, nullable=False, comment="Why"),
        sa.Column("created_by", sa.String(200), nullable=False, comment="Who said so"),
        sa.Column("created_at", TIME, nullable=False, comment="When"),
        sa.Column("ended_at", TIME, nullable=True, comment="When it was taken back; null while it applies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_feedback")),
    )
    op.create_index(op.f("ix_alarm_feedback_fingerprint"), "alarm_feedback", ["fingerprint"])


def downgrade() -> None:
    op.drop_table("alarm_feedback")
