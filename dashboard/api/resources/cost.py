"""The cost of BigQuery by user, job, dataset or label, and why a day cost more than usual."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.api import problems
from dashboard.api.models.cost import (
    CostAnswer,
    CostByQuery,
    CostDayAnswer,
    CostDayQuery,
    CostItem,
    CostQuery,
    PriceChangeItem,
    SlotShareItem,
    WaitItem,
    WaitsAnswer,
    WaitsQuery,
)
from dashboard.api.problems import FieldError
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from insights.cost.explain import explain_day
from insights.cost.longest_waits import LongWait, label_names, longest_waits
from insights.cost.spending import By, Prices, cost
from shared.texts.api import problems as texts

RESOURCE = ApiResource("cost", "The cost of BigQuery at the prices of the settings; days are UTC.")


@RESOURCE.get("/cost")
def show_cost(request: ApiRequest, query: CostQuery) -> CostAnswer:
    """Shows the cost of a period by user, job, dataset or label, most expensive first."""
    with request.schema_db() as session:
        key = _label(request, session, query)
        lines = cost(session, query.by, now=request.now, days=query.days, prices=_prices(request), key=key)
    return CostAnswer(
        items=[CostItem.model_validate(line) for line in lines[: query.limit]],
        count=len(lines),
        total=sum(line.price for line in lines),
        previous_total=sum(line.previous_price for line in lines),
    )


@RESOURCE.get("/cost/day")
def explain_cost(request: ApiRequest, query: CostDayQuery) -> CostDayAnswer:
    """Explains the cost of a day by the changes from the same weekday of the eight weeks before."""
    if query.day > request.now.date():
        raise problems.invalid(texts.FUTURE_DAY, [FieldError("day", texts.FUTURE_DAY.en)])
    with request.schema_db() as session:
        key = _label(request, session, query)
        found = explain_day(session, query.day, query.by, _prices(request), key=key)
    return CostDayAnswer(
        day=found.day, parts=[PriceChangeItem.model_validate(each) for each in found.parts],
        others=PriceChangeItem.model_validate(found.others), other_count=found.other_count,
        whole=PriceChangeItem.model_validate(found.whole), weeks=found.weeks,
    )  # fmt: skip


@RESOURCE.get("/cost/waits")
def list_slot_waits(request: ApiRequest, query: WaitsQuery) -> WaitsAnswer:
    """Lists the runs that waited longest for slots, and who used the slots meanwhile."""
    with request.schema_db() as session:
        waits = longest_waits(session, request.now - timedelta(days=query.days), request.now, most=query.limit)
    return WaitsAnswer(items=[_wait(each) for each in waits])


def _wait(long: LongWait) -> WaitItem:
    wait = long.wait
    return WaitItem(
        project=wait.project, run=wait.run_id, job=wait.job_name, start=wait.start, end=wait.end,
        waited_seconds=long.seconds, state=long.state,
        used_by=[SlotShareItem(principal=name, share=share) for name, share in long.shares],
    )  # fmt: skip


def _label(request: ApiRequest, session: Any, query: CostByQuery) -> str:
    """The name of the label. Only labels that jobs have are accepted, as the name is part of a path in a statement."""
    if query.by is not By.LABEL:
        return ""
    if query.label not in label_names(session, request.now):
        detail = texts.UNKNOWN_LABEL(name=query.label)
        raise problems.invalid(detail, [FieldError("label", detail.en)])
    return query.label


def _prices(request: ApiRequest) -> Prices:
    return Prices(request.settings.price_per_tib, request.settings.price_per_slot_hour)
