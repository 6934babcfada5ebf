"""Time series of metrics: their samples, and the points computed from the samples by hour and by day."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase


class StoredSeries(SchemaBase):
    """One time series: a metric of one resource with one aligner."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("metric", "aligner", "labels_key", name="uq_series_identity"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the series")
    service: Mapped[str] = mapped_column(String(40), index=True, comment="Monitored service, such as bigquery")
    metric: Mapped[str] = mapped_column(String(200), comment="Metric type of Cloud Monitoring")
    aligner: Mapped[str] = mapped_column(
        String(40), comment="Aligner of Cloud Monitoring that made the samples: ALIGN_MEAN, ALIGN_RATE…"
    )
    unit: Mapped[str] = mapped_column(String(40), comment="Unit of a sample, as UCUM writes it: By, s, 1, 10^2.%")
    project: Mapped[str] = mapped_column(String(100), index=True, comment="Project that it belongs to")
    resource: Mapped[str] = mapped_column(Text, comment="Measured resource, readable")
    labels: Mapped[dict[str, Any]] = mapped_column(comment="Resource and metric labels")
    labels_key: Mapped[str] = mapped_column(String(64), comment="Hash of project, resource type and labels")


class FinePoint(SchemaBase):
    """Samples as collected, usually every five minutes; kept for two weeks."""

    __tablename__ = "points_fine"
    __table_args__ = (Index("ix_points_fine_time", "time"),)

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the interval of the sample")
    value: Mapped[float] = mapped_column(Float, comment="The sample")


class _Point:
    """Count, mean, minimum, maximum and 95th percentile of the samples of one interval."""

    series_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False, comment="Its series")
    time: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the interval")
    count: Mapped[int] = mapped_column(Integer, comment="Samples in it")
    mean: Mapped[float] = mapped_column(Float, comment="Mean of the samples")
    min: Mapped[float] = mapped_column(Float, comment="Smallest sample")
    max: Mapped[float] = mapped_column(Float, comment="Largest sample")
    p95: Mapped[float] = mapped_column(Float, comment="Smallest sample that 95 % of the samples do not exceed")


class HourlyPoint(_Point, SchemaBase):
    """Hourly points, kept for a year."""

    __tablename__ = "points_hourly"
    __table_args__ = (Index("ix_points_hourly_time", "time"),)


class DailyPoint(_Point, SchemaBase):
    """Daily points, never deleted."""

    __tablename__ = "points_daily"
    __table_args__ = (Index("ix_points_daily_time", "time"),)


class StaleInterval(SchemaBase):
    """An hour or a day whose samples changed after its points were computed."""

    __tablename__ = "stale_intervals"

    level: Mapped[str] = mapped_column(String(10), primary_key=True, comment="hour or day")
    start: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour or the day")
    snapshot_id: Mapped[int] = mapped_column(
        Big, primary_key=True, autoincrement=False, comment="Snapshot that wrote the samples"
    )
