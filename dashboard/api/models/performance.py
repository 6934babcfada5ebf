"""Metrics of services over time."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, GivenMoment, Moment, Name, PageQuery, QueryModel


class SeriesQuery(PageQuery):
    """The filters of series."""

    service: Name = Field("", description="The service.")
    q: Name = Field("", description="Part of the metric or the resource, ignoring case.")


class PointQuery(QueryModel):
    """The range of a series."""

    start: GivenMoment = Field(description="The beginning of the range, which is 10 minutes to ten years long.")
    end: GivenMoment = Field(description="The end of the range, not included.")
    most: int = Field(360, ge=1, le=2000, description="Maximum number of points; neighbouring points are averaged.")


class SeriesItem(ApiModel):
    """A series: a metric of a resource. `value` is the current value, null without a sample from the last three hours."""

    id: int
    service: str
    metric: str
    name: str = Field(description="What the metric measures.")
    aligner: str
    unit: str
    project: str
    resource: str
    labels: dict[str, str]
    value: float | None
    limit: float | None = Field(description="The limit of the load check.")
    is_limit_above: bool | None = Field(
        description="Whether values above the limit are a breach; otherwise values below it are."
    )
    is_beyond: bool
    is_unusual: bool | None = Field(
        description="Whether the latest learned sample is outside the usual range; null while the series is learned."
    )


class SeriesPage(ApiModel):
    """Series; a search returns at most 500."""

    items: list[SeriesItem]
    total: int
    next_cursor: str | None


class PointItem(ApiModel):
    """A sample, or the mean of an hour or a day with its smallest and largest sample."""

    time: Moment
    value: float
    low: float
    high: float
    expected_low: float | None = Field(description="The lowest usual sample at this time; null if unknown.")
    expected_high: float | None = Field(description="The highest usual sample at this time.")
    p_value: float | None = Field(
        description="The probability of a usual sample at least as rare as the rarest sample of this point; null if the sample is common."
    )


class ForecastItem(ApiModel):
    """When a series will reach its limit by its trend: between `soonest` and `latest` in about nine of ten cases."""

    soonest: Moment
    likely: Moment
    latest: Moment | None = Field(description="Null if the trend is uncertain: the limit may never be reached.")


class PointList(ApiModel):
    """The points of a series, oldest first. `level` is sample, hour or day."""

    series: SeriesItem
    level: str
    points: list[PointItem]
    forecast: ForecastItem | None = Field(description="Null where there is no limit, or no trend towards it.")
