"""Plans, calls and verdicts of remediations. Older code leaves the columns empty and does not record its calls."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
VERDICT = "Whether the remediation fixed the fault: fixed, not_fixed, not_yet, by_event or unverified"


def upgrade() -> None:
    _add("plan", JSON, "Plan of a remediation: calls, precondition, state before; null for other actions")
    _add("after", JSON, "State of the target when the remediation was verified")
    _add("verdict", sa.String(20), VERDICT)
    _add("verify_at", TIME, "When the remediation is verified again, null if it is not")
    _add("refusal", sa.String(40), "Why the remediation refused to change the target, such as target_not_found")
    later = sa.text("verify_at IS NOT NULL")
    op.create_index("ix_action_runs_verify", "action_runs", ["verify_at"], sqlite_where=later, postgresql_where=later)
    _create_calls()


def _add(name: str, kind: sa.types.TypeEngine[Any], comment: str) -> None:
    op.add_column("action_runs", sa.Column(name, kind, nullable=True, comment=comment))


def _create_calls() -> None:
    run = sa.ForeignKey("action_runs.id", ondelete="CASCADE")
    op.create_table(
        "action_calls",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number of the call"),
        sa.Column("run_id", sa.Integer(), run, nullable=False, comment="Run that made it"),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="Attempt of the run, from 1"),
        sa.Column("method", sa.String(20), nullable=False, comment="HTTP method, or what kind of call it was"),
        sa.Column("resource", sa.Text(), nullable=False, comment="URL without its query, or what was called"),
        sa.Column("body", JSON, nullable=True, comment="Summary of the body, redacted"),
        sa.Column("effect", sa.String(10), nullable=False, comment="made, none, or unknown if no answer arrived"),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status or exit code of the answer"),
        sa.Column("answer", sa.Text(), nullable=True, comment="Message of the answer, one line"),
        sa.Column("called_at", TIME, nullable=False, comment="When it was recorded, before the call"),
        sa.Column("answered_at", TIME, nullable=True, comment="When the answer arrived"),
    )
    op.create_index("ix_action_calls_run_id", "action_calls", ["run_id"])


def downgrade() -> None:
    op.drop_table("action_calls")
    op.drop_index("ix_action_runs_verify", "action_runs")
    for name in ("refusal", "verify_at", "verdict", "after", "plan"):
        op.drop_column("action_runs", name)
