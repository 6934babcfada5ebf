"""Columns are described in the words of operations."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COMMENTS = {
    "handler_rules": {
        "enabled": "False: stored, but not run",
    },
    "incidents": {
        "service": "Monitored service, such as bigquery",
        "flapping_since": "When it began to flap, that is to fail and recover repeatedly",
        "calm_at": "Last recovery of a flapping incident, if no failure followed",
    },
    "occurrences": {
        "links": "Names of the job and of the jobs that fail with it, and the incident's names then",
    },
    "recoveries": {
        "unless_after": "Only of a quiet period: invalid if a failure after this time arrives later",
    },
}


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return  # it has no comments
    for table, columns in COMMENTS.items():
        for column, comment in columns.items():
            op.alter_column(table, column, comment=comment)


def downgrade() -> None:
    """Older code does not read comments."""
