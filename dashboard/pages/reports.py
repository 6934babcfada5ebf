"""Reports on a day or a week, for the screen and for paper."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.errors import InputError
from shared.texts.dashboard import reports as texts
from shared.texts.reports import labels, sentences

if TYPE_CHECKING:
    from insights.reports.model import PeriodReport
    from insights.reports.period import ReportPeriod

PAGE = Page("reports", texts.TITLE, order=90, icon="page", key="w")


@PAGE.get("/reports", "report.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The report on a day or a week; by default on the latest complete week."""
    from handlers.reports.document import document

    period = _period(request)
    known = (None if "again" in request.args else _kept(request, period)) or _made(request, period)
    made = document(known)
    today = request.locale.local(request.now).date()
    return {
        "t": texts, "report": made, "labels": labels, "sentences": sentences, "kind": period.frequency, "first": period.first,
        "before": period.before().first, "after": period.after().first if period.after().first <= today else None,
        "made_at": known.now if known.now < request.now else None,
        "most": max((day.opened for day in made.days), default=1) or 1,
    }  # fmt: skip


def _kept(request: PageRequest, period: ReportPeriod) -> PeriodReport | None:
    """The latest report that the history function built, on the latest day and week."""
    from insights.reports.kept import kept_report

    return request.ask_schema_db(lambda session: kept_report(session, period, request.now))


def _made(request: PageRequest, period: ReportPeriod) -> PeriodReport:
    from handlers import registry
    from insights.reports.build import build
    from insights.reports.kept import MOST_ASSESSED

    store, remediations = request.config.error_store(), registry.remediations()
    return build(store, request.settings, period, request.now, remediations=remediations, most_assessed=MOST_ASSESSED)


def _period(request: PageRequest) -> ReportPeriod:
    """The period of the address. Raises InputError for a day that does not exist."""
    from insights.reports.period import Frequency, containing, latest_complete

    frequency = Frequency.DAILY if request.args.get("kind") == Frequency.DAILY else Frequency.WEEKLY
    zone, text = request.settings.timezone, request.args.get("day", "").strip()
    if not text:
        return latest_complete(frequency, request.now, zone)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(texts.INVALID_DAY(text=text[:50])) from error
    today = latest_complete(Frequency.DAILY, request.now, zone).after().first
    return containing(frequency, min(max(day, date(1971, 1, 1)), today), zone)
