"""Modes of detection rules, and the findings of staged ones. Older code ignores the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rule_modes",
        sa.Column("rule", sa.String(200), nullable=False, comment="Detection rule"),
        sa.Column("mode", sa.String(20), comment="enabled, staged or disabled; null: as the file of the rule says"),
        sa.Column("note", sa.Text(), nullable=False, comment="Why"),
        sa.Column("changed_by", sa.String(200), nullable=False, comment="Who changed it last"),
        sa.Column("changed_at", TIME, nullable=False, comment="When"),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_rule_modes")),
    )
    op.create_table(
        "staged_findings",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the finding"),
        sa.Column("rule", sa.String(200), nullable=False, comment="Staged rule"),
        sa.Column(
            "event_key", sa.String(300), nullable=False, comment="Identifies the event; the same in every delivery"
        ),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="Identifies the problem"),
        sa.Column("severity", sa.String(20), nullable=False, comment="Severity, a Sigma level"),
        sa.Column("service", sa.String(40), nullable=False, comment="Monitored service, such as bigquery"),
        sa.Column("project", sa.String(100), nullable=False, comment="Google Cloud project, empty when there is none"),
        sa.Column("resource", sa.Text(), nullable=False, comment="Affected resource"),
        sa.Column("principal", sa.Text(), nullable=False, comment="Account that caused it, empty when unknown"),
        sa.Column("summary", sa.Text(), nullable=False, comment="One line"),
        sa.Column("quiet_seconds", sa.Integer(), comment="Quiet period that would have closed its incident"),
        sa.Column("time", TIME, nullable=False, comment="Event time"),
        sa.Column("received_at", TIME, nullable=False, comment="When Hinomi recorded it"),
        sa.Column("log_url", sa.Text(), nullable=False, comment="Link to the entry in the Logs Explorer"),
        sa.Column("evidence", JSON, nullable=False, comment="Matched fields and array elements, redacted"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_findings")),
        sa.UniqueConstraint("rule", "event_key", "fingerprint", name="uq_staged_findings_event"),
    )
    op.create_index("ix_staged_findings_rule_time", "staged_findings", ["rule", "time"])
    op.create_index("ix_staged_findings_received", "staged_findings", ["received_at"])


def downgrade() -> None:
    op.drop_table("staged_findings")
    op.drop_table("rule_modes")
