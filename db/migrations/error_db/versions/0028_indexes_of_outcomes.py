"""Indexes that show how incidents ended, by rule and time, without reading the rows; and indexes of runs by action.

The first two replace indexes on the first of their columns: each change of an incident writes as many indexes as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OUTCOME = ["resolved_by", "acknowledged_at"]
PARTIAL = {
    "ix_action_runs_silenced": ("action_runs", "incident_id", "reason = 'silenced'"),
    "ix_incidents_false_alarms": ("incidents", "opened_at", "false_alarm_at IS NOT NULL"),
}


def upgrade() -> None:
    op.create_index("ix_incidents_opened_outcome", "incidents", ["opened_at", "rule", *OUTCOME])
    op.create_index("ix_incidents_rule_opened_outcome", "incidents", ["rule", "opened_at", *OUTCOME])
    op.create_index("ix_action_runs_action", "action_runs", ["action", "target", "finished_at"])
    for name, (table, column, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
    for name in ("ix_incidents_opened", "ix_incidents_rule_opened"):
        op.drop_index(name, "incidents")


def downgrade() -> None:
    op.create_index("ix_incidents_opened", "incidents", ["opened_at"])
    op.create_index("ix_incidents_rule_opened", "incidents", ["rule", "opened_at"])
    for name, (table, _, _) in PARTIAL.items():
        op.drop_index(name, table)
    op.drop_index("ix_action_runs_action", "action_runs")
    for name in ("ix_incidents_rule_opened_outcome", "ix_incidents_opened_outcome"):
        op.drop_index(name, "incidents")
