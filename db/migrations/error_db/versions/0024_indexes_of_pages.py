"""Indexes for pages and reports that read incidents and occurrences by times other than the last occurrence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_incidents_opened": ("incidents", ["opened_at"]),
    "ix_incidents_rule_opened": ("incidents", ["rule", "opened_at"]),
    "ix_incidents_resolved": ("incidents", ["resolved_at"]),
    "ix_incidents_received": ("incidents", ["received_at"]),
    "ix_occurrences_received": ("occurrences", ["received_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    is_acknowledged = sa.text("acknowledged_at IS NOT NULL")
    op.create_index(
        "ix_incidents_acknowledged",
        "incidents",
        ["acknowledged_at"],
        sqlite_where=is_acknowledged,
        postgresql_where=is_acknowledged,
    )


def downgrade() -> None:
    op.drop_index("ix_incidents_acknowledged", "incidents")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
