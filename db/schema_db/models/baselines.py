"""The state of learned baselines of time series: the expected ranges, and the unusual points."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase


class SeriesBaseline(SchemaBase):
    """The baseline of a series, learned from its samples up to a time."""

    __tablename__ = "baselines"

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    points: Mapped[int] = mapped_column(comment="Samples learned")
    learned_until: Mapped[datetime] = mapped_column(comment="Time of the latest sample that was learned")
    outside_at: Mapped[datetime | None] = mapped_column(
        comment="Time of the latest sample that was outside the expected range"
    )
    state: Mapped[bytes | None] = mapped_column(
        LargeBinary(), comment="Compressed state of the detector (insights/baselines/packing.py)"
    )


class ExpectedRange(SchemaBase):
    """The range in which nearly all usual samples of an hour lie, as expected at the first sample of the hour."""

    __tablename__ = "expected_ranges"
    __table_args__ = (Index("ix_expected_ranges_time", "time"),)

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour")
    low: Mapped[float] = mapped_column(Float, comment="Lowest usual sample")
    high: Mapped[float] = mapped_column(Float, comment="Highest usual sample")


class UnusualPoint(SchemaBase):
    """A sample outside its expected range, or within an unusual sequence of samples."""

    __tablename__ = "unusual_points"
    __table_args__ = (Index("ix_unusual_points_time", "time"),)

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Time of the sample")
    value: Mapped[float] = mapped_column(Float, comment="The sample")
    low: Mapped[float] = mapped_column(Float, comment="Lowest usual sample at this time")
    high: Mapped[float] = mapped_column(Float, comment="Highest usual sample at this time")
    rarity: Mapped[float] = mapped_column(
        Float, comment="How rare it is; insights/baselines/calibration.py has the scale"
    )
    first_rarity: Mapped[float] = mapped_column(
        Float, comment="The rarity, or 0 if it is hardly rarer than a sample shortly before it: one fault, one alarm"
    )


class UnlearnedHour(SchemaBase):
    """An hour with samples that the baselines may not have learned yet."""

    __tablename__ = "unlearned_hours"

    start: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour")
    snapshot_id: Mapped[int] = mapped_column(
        Big, primary_key=True, autoincrement=False, comment="Snapshot that wrote the samples"
    )
    taken: Mapped[bool] = mapped_column(Boolean, comment="Whether a run has begun to learn its samples")


class WatchedMetric(SchemaBase):
    """Metrics chosen by a maintainer, whose unusual values open incidents; for all others they are only recorded."""

    __tablename__ = "watched_metrics"

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the choice")
    metric: Mapped[str] = mapped_column(
        String(200), comment="Pattern of metric types, such as bigquery.googleapis.com/*"
    )
    labels: Mapped[dict[str, Any]] = mapped_column(comment="Patterns of project, resource and labels; all must match")
    budget: Mapped[float] = mapped_column(Float, comment="Promised number of false alarms of a series in a week")
    severity: Mapped[str] = mapped_column(String(20), comment="Severity of the incidents")
    reason: Mapped[str] = mapped_column(Text, comment="Why")
    created_by: Mapped[str] = mapped_column(String(200), comment="Who chose it")
    created_at: Mapped[datetime] = mapped_column(comment="Since when; earlier alarms open no incident")
    ended_at: Mapped[datetime | None] = mapped_column(comment="Until when; null while it applies")
