"""Marks of days whose rows changed. Every existing day begins marked, so that a copy begins with everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIMES = {
    "points_fine": "time",
    "points_hourly": "time",
    "points_daily": "time",
    "job_runs": "coalesce(start_at, created_at, end_at)",
    "user_actions": "hour",
    "table_sizes": "day",
}


def upgrade() -> None:
    op.create_table(
        "changed_days",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="Number of the mark"
        ),
        sa.Column("name", sa.String(length=40), nullable=False, comment="Table whose rows changed"),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC day of the rows; 1970-01-01 for series"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changed_days_day", "changed_days", ["name", "day"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, time in TIMES.items():
        found = f"date({time})" if is_sqlite or name == "table_sizes" else f"CAST({time} AT TIME ZONE 'UTC' AS date)"
        op.execute(
            f"INSERT INTO changed_days (name, day) SELECT DISTINCT '{name}', {found} FROM {name}"  # noqa: S608
            f" WHERE {time} IS NOT NULL"
        )
    first = "'1970-01-01'" if is_sqlite else "DATE '1970-01-01'"
    op.execute(
        f"INSERT INTO changed_days (name, day) SELECT 'series', {first} WHERE EXISTS (SELECT 1 FROM series)"  # noqa: S608
    )


def downgrade() -> None:
    op.drop_table("changed_days")
