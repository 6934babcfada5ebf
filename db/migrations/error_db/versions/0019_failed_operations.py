"""An incident may end because the operation that announced its change failed. Older code shows it as resolved."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

COMMENTS = {
    "incidents": {"resolved_by": "recovery, person, repair, quiet, failed or expired"},
    "occurrences": {
        "links": "Names of the job and of those that fail with it, the incident's names then, a failed operation"
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
