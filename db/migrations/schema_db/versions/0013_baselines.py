"""Learned baselines of time series: state, expected ranges, unusual points, and the hours to learn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_baselines()
    _create_expected_ranges()
    _create_unusual_points()
    op.create_table(
        "unlearned_hours",
        sa.Column("start", TIME, nullable=False, comment="Start of the hour"),
        sa.Column("snapshot_id", ID, autoincrement=False, nullable=False, comment="Snapshot that wrote the samples"),
        sa.Column("taken", sa.Boolean(), nullable=False, comment="Whether a run has begun to learn its samples"),
        sa.PrimaryKeyConstraint("start", "snapshot_id"),
    )


def _series() -> sa.Column[int]:
    return sa.Column("series_id", ID, autoincrement=False, nullable=False, comment="Its series")


def _number(name: str, comment: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False, comment=comment)


def _create_baselines() -> None:
    op.create_table(
        "baselines",
        _series(),
        sa.Column("points", sa.BigInteger(), nullable=False, comment="Samples learned"),
        sa.Column("learned_until", TIME, nullable=False, comment="Time of the latest sample that was learned"),
        sa.Column("outside_at", TIME, comment="Time of the latest sample that was outside the expected range"),
        sa.Column(
            "state",
            sa.LargeBinary(),
            comment="Compressed state of the detector (insights/baselines/packing.py)",
        ),
        sa.PrimaryKeyConstraint("series_id"),
    )
    if op.get_bind().dialect.name == "postgresql":  # it is compressed already
        op.execute("ALTER TABLE baselines ALTER COLUMN state SET STORAGE EXTERNAL")


def _create_expected_ranges() -> None:
    op.create_table(
        "expected_ranges",
        _series(),
        sa.Column("time", TIME, nullable=False, comment="Start of the hour"),
        _number("low", "Lowest usual sample"),
        _number("high", "Highest usual sample"),
        sa.PrimaryKeyConstraint("series_id", "time"),
        postgresql_partition_by="RANGE (time)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_expected_ranges_time", "expected_ranges", ["time"], unique=False, postgresql_using="brin")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE expected_ranges_default PARTITION OF expected_ranges DEFAULT")


def _create_unusual_points() -> None:
    op.create_table(
        "unusual_points",
        _series(),
        sa.Column("time", TIME, nullable=False, comment="Time of the sample"),
        _number("value", "The sample"),
        _number("low", "Lowest usual sample at this time"),
        _number("high", "Highest usual sample at this time"),
        _number("rarity", "How rare it is; insights/baselines/calibration.py has the scale"),
        _number(
            "first_rarity",
            "The rarity, or 0 if it is hardly rarer than a sample shortly before it: one fault, one alarm",
        ),
        sa.PrimaryKeyConstraint("series_id", "time"),
    )
    op.create_index("ix_unusual_points_time", "unusual_points", ["time"], unique=False)


def downgrade() -> None:
    for table in ("unlearned_hours", "unusual_points", "expected_ranges", "baselines"):
        op.drop_table(table)
