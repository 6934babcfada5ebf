"""Who marked an incident as a false alarm. Older code ignores the columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    at, by = "When a person marked it as a false alarm", "Person who marked it as a false alarm"
    op.add_column("incidents", sa.Column("false_alarm_at", TIME, nullable=True, comment=at))
    op.add_column("incidents", sa.Column("false_alarm_by", sa.Text(), nullable=True, comment=by))
    why = "Reason that the person gave"
    op.add_column("incidents", sa.Column("false_alarm_reason", sa.Text(), nullable=True, comment=why))


def downgrade() -> None:
    for name in ("false_alarm_reason", "false_alarm_by", "false_alarm_at"):
        op.drop_column("incidents", name)
