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
    """The report on a day or a week; by default on the latest complete week.

    A report that is not stored, or is to be made again (`again`), takes seconds with a large history: the page opens
    without it, and then asks for it (`again=now`).
    """
    from handlers.reports.document import document, head

    period = _period(request)
    today = request.locale.local(request.now).date()
    frame = {
        "t": texts, "labels": labels, "sentences": sentences, "head": head(period), "kind": period.frequency, "first": period.first,
        "before": period.before().first, "after": period.after().first if period.after().first <= today else None,
    }  # fmt: skip
    again = request.args.get("again", "")
    known, takes_long = (None, False) if again == "now" else _kept(request, period)
    if takes_long and (again or known is None):
        return {**frame, "report": None}
    known = _made(request, period) if again or known is None else known
    made = document(known)
    return {
        **frame,
        "report": made,
        "made_at": known.now if known.now < request.now else None,
        "most": max((day.opened for day in made.days), default=1) or 1,
    }


def _kept(request: PageRequest, period: ReportPeriod) -> tuple[PeriodReport | None, bool]:
    """The latest stored report on the latest day and week, and whether building a new one takes long."""
    from insights.reports.kept import has_jobs, kept_report

    stored = request.ask_schema_db(lambda session: (kept_report(session, period, request.now), has_jobs(session)))
    return stored or (None, False)


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
