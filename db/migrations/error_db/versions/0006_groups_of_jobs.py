"""Incidents of groups of jobs, and flapping ones. Older code ignores all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
QUIET = ("Resolve after this many seconds without an occurrence", "Close after this many seconds without an occurrence")


def upgrade() -> None:
    for column in _incident_columns():
        op.add_column("incidents", column)
    links = "Names of the job and of those that fail with it; how its incident is then called"
    op.add_column("occurrences", sa.Column("links", JSON, nullable=True, comment=links))
    op.create_index(op.f("ix_incidents_fault_group"), "incidents", ["fault_group"])
    _comment(*QUIET)


def downgrade() -> None:
    _comment(*reversed(QUIET))
    op.drop_index(op.f("ix_incidents_fault_group"), "incidents")
    op.drop_column("occurrences", "links")
    for column in _incident_columns():
        op.drop_column("incidents", column.name)


def _comment(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("incidents", "quiet_seconds", existing_type=sa.Integer(), comment=new, existing_comment=old)


def _incident_columns() -> list[sa.Column[object]]:
    time = sa.DateTime(timezone=True)
    group = "Group of jobs whose incidents are evaluated together"
    calm = "Of a flapping one: its last recovery, if no failure came since"
    return [
        sa.Column("fault_group", sa.String(64), nullable=True, comment=group),
        sa.Column("flapping_since", time, nullable=True, comment="When it began to fail and recover repeatedly"),
        sa.Column("calm_at", time, nullable=True, comment=calm),
    ]
