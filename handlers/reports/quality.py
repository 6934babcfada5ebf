"""The data quality section of a report: checks that did not pass, and checks that alternate between pass and failure."""

from __future__ import annotations

import shlex

from handlers.reports.parts import ReportRow, ReportSection, row, share
from insights.quality.period import PeriodCheck
from insights.reports.model import PeriodReport
from shared.texts.reports import quality as texts

MOST_ROWS = 10


def quality(report: PeriodReport) -> ReportSection:
    """The section; empty if no check has a result in the period."""
    found = report.history.quality
    if found is None:
        return ReportSection("quality", texts.TITLE)
    if not found.failed:
        return ReportSection("quality", texts.TITLE, sentence=texts.ALL_PASSED(count=found.checks))
    shown = tuple(map(_row, found.failed[:MOST_ROWS]))
    columns = (texts.CHECK, texts.TABLE, texts.FAILED, texts.STATE)
    note = texts.FAILED_OF(
        failed=f"{len(found.failed):,}", count=f"{found.checks:,}", tables=f"{found.failed_tables:,}"
    )
    return ReportSection("quality", texts.TITLE, shown, columns, note=note, more=len(found.failed) - len(shown))


def _row(check: PeriodCheck) -> ReportRow:
    state = texts.STATES[check.is_problem, check.is_flapping]
    command = shlex.join(("hinomi", "quality", check.name))
    failed = share(check.failed, check.results)
    return row(check.name, check.subject, failed, state, command=command, is_urgent=check.is_problem)
