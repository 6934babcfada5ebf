"""The data quality section of a report: checks that did not pass, and checks that alternate between pass and failure."""

from __future__ import annotations

import shlex

from handlers.owners.jobs import owner_of_check
from handlers.owners.table import owners_of
from handlers.reports.parts import ReportRow, ReportSection, row, share
from insights.quality.period import PeriodCheck
from insights.reports.model import PeriodReport
from shared.texts import owners as owner_texts
from shared.texts.reports import quality as texts

MOST_ROWS = 10


def quality(report: PeriodReport) -> ReportSection:
    """The section; empty if no check has a result in the period."""
    found = report.history.quality
    if found is None:
        return ReportSection("quality", texts.TITLE)
    if not found.failed:
        return ReportSection("quality", texts.TITLE, sentence=texts.ALL_PASSED(count=found.checks))
    owned = [(each, _owner(report, each)) for each in found.failed[:MOST_ROWS]]
    has_owners = any(owner for _, owner in owned)
    shown = tuple(_row(check, (owner,) if has_owners else ()) for check, owner in owned)
    columns = (texts.CHECK, texts.TABLE, texts.FAILED, texts.STATE, *([owner_texts.OWNER] if has_owners else ()))
    note = texts.FAILED_OF(
        failed=f"{len(found.failed):,}", count=f"{found.checks:,}", tables=f"{found.failed_tables:,}"
    )
    return ReportSection("quality", texts.TITLE, shown, columns, note=note, more=len(found.failed) - len(shown))


def _owner(report: PeriodReport, check: PeriodCheck) -> str:
    """The owner of the check's table; empty if there is none."""
    owner = owner_of_check(owners_of(report.defaults), check.name, check.table)
    return owner.name if owner else ""


def _row(check: PeriodCheck, owner: tuple[str, ...]) -> ReportRow:
    state = texts.STATES[check.is_problem, check.is_flapping]
    command = shlex.join(("hinomi", "quality", check.name))
    failed = share(check.failed, check.results)
    return row(check.name, check.subject, failed, state, *owner, command=command, is_urgent=check.is_problem)
