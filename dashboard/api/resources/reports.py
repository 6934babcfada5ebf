"""Reports on a day or a week."""

from __future__ import annotations

from typing import Any

from dashboard.api.models.health import ReportAnswer, ReportDecision, ReportQuery
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from handlers import registry
from handlers.reports.document import document
from handlers.reports.values import report_values
from insights.reports.build import build
from insights.reports.period import Frequency, containing, latest_complete

RESOURCE = ApiResource("reports", "What happened in a day or a week.")


@RESOURCE.get("/reports")
def show_report(request: ApiRequest, query: ReportQuery) -> ReportAnswer:
    """Shows the report on a day or a week in the time zone of the installation."""
    frequency, zone = Frequency(query.frequency), request.settings.timezone
    period = latest_complete(frequency, request.now, zone)
    if query.day is not None:
        today = latest_complete(Frequency.DAILY, request.now, zone).after().first
        period = containing(frequency, min(query.day, today), zone)
    store = request.config.error_store()
    report = build(store, request.settings, period, request.now, remediations=registry.remediations())
    made, values = document(report), dict[str, Any](report_values(report))
    values.pop("decisions")
    return ReportAnswer(
        frequency=str(frequency), first=period.first, last=period.last, headline=request.text(made.headline),
        decisions=[
            ReportDecision(text=request.text(each.cells[0]), command=request.text(each.command)) for each in made.decisions
        ],
        values=values,
    )  # fmt: skip
