"""The cost of BigQuery."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, Day, GivenDay, Limit, Moment, Name, QueryModel
from insights.cost.spending import By


class CostByQuery(QueryModel):
    """The dimension by which the cost is divided."""

    by: By = Field(By.USER, description="user, job, dataset, project or label.")
    label: Name = Field("", description="The name of the label, for `by=label`.")


class CostQuery(CostByQuery):
    """The length of the period, which ends now."""

    days: int = Field(28, ge=1, le=365, description="Length of the period.")
    limit: Limit = Field(50, description="Maximum number of items.")


class CostDayQuery(CostByQuery):
    """The day to explain."""

    day: GivenDay = Field(description="A UTC day that has begun.")


class WaitsQuery(QueryModel):
    """The length of the period, which ends now."""

    days: int = Field(7, ge=1, le=90, description="Length of the period.")
    limit: int = Field(5, ge=1, le=20, description="Maximum number of items.")


class SlotShareItem(ApiModel):
    """A principal with its share of the slots that were used during a wait."""

    principal: str
    share: float


class WaitItem(ApiModel):
    """A run that waited for slots, and who used them meanwhile, the largest share first."""

    project: str
    run: str
    job: str
    start: Moment
    end: Moment
    waited_seconds: float
    state: str
    used_by: list[SlotShareItem]


class WaitsAnswer(ApiModel):
    """The runs that waited longest; a wait of less than a minute is how BigQuery plans a query."""

    items: list[WaitItem]


class CostItem(ApiModel):
    """The cost of one user, job, dataset or label value; `previous_price` is the price in the period before."""

    key: str
    runs: int
    bytes_billed: int
    slot_hours: float
    reserved_slot_hours: float
    price: float
    previous_price: float
    share: float
    days: dict[str, float] = Field(description="The price by UTC day.")


class CostAnswer(ApiModel):
    """The most expensive items; the totals cover all items."""

    items: list[CostItem]
    count: int
    total: float
    previous_total: float


class PriceChangeItem(ApiModel):
    """A part of the change of a day: its price, the mean on the same weekday before, and its share of the change."""

    key: str
    price: float
    usual: float
    share: float


class CostDayAnswer(ApiModel):
    """Why a day cost more or less than the same weekday in the weeks before; `weeks` is the number of weeks with runs."""

    day: Day
    parts: list[PriceChangeItem]
    others: PriceChangeItem
    other_count: int
    whole: PriceChangeItem
    weeks: int
