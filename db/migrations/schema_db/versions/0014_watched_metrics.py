"""Metrics whose unusual values open incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.types import Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
METRIC = "Pattern of metric types, such as bigquery.googleapis.com/*"


def upgrade() -> None:
    op.create_table(
        "watched_metrics",
        sa.Column("id", ID, nullable=False, comment="Number of the choice"),
        sa.Column("metric", sa.String(200), nullable=False, comment=METRIC),
        sa.Column("labels", Json(), nullable=False, comment="Patterns of project, resource and labels; all must match"),
        sa.Column(
            "budget", sa.Float(), nullable=False, comment="Promised number of false alarms of a series in a week"
        ),
        sa.Column("severity", sa.String(20), nullable=False, comment="Severity of the incidents"),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why"),
        sa.Column("created_by", sa.String(200), nullable=False, comment="Who chose it"),
        sa.Column("created_at", TIME, nullable=False, comment="Since when; earlier alarms open no incident"),
        sa.Column("ended_at", TIME, comment="Until when; null while it applies"),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("watched_metrics")
