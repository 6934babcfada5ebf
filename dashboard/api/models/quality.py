"""Data quality checks and their results."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, GivenMoment, Limit, Moment, Name, NeededName, PageQuery, QueryModel
from shared.quality.result import CheckState


class CheckQuery(PageQuery):
    """The filters of checks."""

    q: Name = Field("", description="Part of the name, the table or the source, ignoring case.")
    state: list[CheckState] = Field([], max_length=5, description="Any of these states.")


class CheckResultQuery(QueryModel):
    """The check and the number of its results."""

    key: NeededName = Field(description="The key of the check.")
    limit: Limit = Field(50, description="Maximum number of results.")
    before: GivenMoment | None = Field(None, description="Only results before this time.")


class CheckResultItem(ApiModel):
    """A result: the measured value, and the allowed values."""

    time: Moment
    state: CheckState
    value: str
    expected: str
    message: str
    run: str
    url: str


class CheckItem(ApiModel):
    """A check with its latest result and its last 14 results, oldest first. `key` is the fingerprint of its incident."""

    key: str
    source: str = Field(description="report, query or dataplex.")
    origin: str = Field(description="The reporter, the declared query or the scan.")
    name: str
    table: str
    column: str
    partition: str
    dimension: str
    latest: CheckResultItem
    results: list[CheckResultItem]


class CheckPage(ApiModel):
    """A page of checks."""

    items: list[CheckItem]
    total: int
    next_cursor: str | None


class CheckResultList(ApiModel):
    """Results of one check, latest first."""

    items: list[CheckResultItem]
