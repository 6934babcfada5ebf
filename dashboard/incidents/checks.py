"""The data quality check of an incident, and its results as bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dashboard.charts.run_bars import RunBar, run_bars
from shared.texts.dashboard import quality as texts

if TYPE_CHECKING:
    from dashboard.page_request import PageRequest
    from insights.quality.checks import CheckLine, CheckResult
    from shared.records import IncidentView

BARS = 14
_SHORT = ("ok", "other")


def result_bars(results: Iterable[CheckResult]) -> list[RunBar]:
    """The results as bars, given oldest first: a pass is short, a problem tall."""
    kinds = [texts.BAR_KINDS[each.state] for each in results]
    return run_bars([(kind, 0.5 if kind in _SHORT else 1.0) for kind in kinds], most=BARS, full=1.0)


def check_of_incident(request: PageRequest, view: IncidentView) -> CheckLine | None:
    """The check of the incident, with its latest results; None for other incidents."""
    from insights.quality.checks import check_of, with_results  # noqa: PLC0415 - few incidents are about checks

    def question(session: Any) -> CheckLine | None:
        line = check_of(session, view.fingerprint)
        return with_results(session, [line], request.now)[0] if line else None

    return request.ask_schema_db(question) if view.labels.get("check") else None
