"""Indexes for lists of the latest incidents of every status, and of one rule."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_incidents_seen": ["last_seen_at", "id"],
    "ix_incidents_rule_seen": ["rule", "last_seen_at", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "incidents", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "incidents")
