"""Names by which events find the incidents of a group of jobs.

Incidents of older code have no names, so every event concerns them, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    relation = "job: a fault; own: a job or run; part of: what that is a part of"
    op.create_table(
        "incident_names",
        sa.Column("incident_id", sa.Integer(), nullable=False, comment="Incident that has the name"),
        sa.Column("relation", sa.String(10), nullable=False, comment=relation),
        sa.Column("name", sa.String(64), nullable=False, comment="Digest of the name"),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_incident_names_incident_id_incidents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident_id", "relation", "name", name=op.f("pk_incident_names")),
    )
    op.create_index("ix_incident_names_name", "incident_names", ["name", "relation"])


def downgrade() -> None:
    op.drop_table("incident_names")
