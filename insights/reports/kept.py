"""Stores the reports on the latest day and week, because building a report reads weeks of history.

The history function builds them after its collectors, at most once an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.store import ErrorStore
from db.schema_db.models import JobRun
from db.schema_db.models.reports import KeptReport
from db.schema_db.store import SchemaStore
from insights.reports.build import build
from insights.reports.model import PeriodReport
from insights.reports.period import Frequency, ReportPeriod, latest_complete
from shared.config import Settings
from shared.logs import log

MADE_EVERY = timedelta(minutes=50)  # a run each hour may begin some minutes early
VALID = timedelta(hours=3)  # one that is older is made again for its reader
MOST_ASSESSED = 500  # grants whose use is assessed; the reports that are sent assess more


def refresh(
    schema: SchemaStore,
    errors: Callable[[], ErrorStore],
    settings: Settings,
    now: datetime,
    *,
    remediations: Collection[str],
) -> int:
    """Builds the reports that are missing or at least an hour old; returns their number. Raises TransientError.

    The Error DB is not opened for a history without jobs, because such reports are fast to build on request.
    """
    made = 0
    with schema.reading() as session:
        if not has_jobs(session):
            return 0
    for frequency in (Frequency.DAILY, Frequency.WEEKLY):
        period = latest_complete(frequency, now, settings.timezone)
        with schema.reading() as session:
            kept = _row(session, period)
            is_due = kept is None or now - kept.made_at >= MADE_EVERY
        if is_due:
            report = build(errors(), settings, period, now, remediations=remediations, most_assessed=MOST_ASSESSED)
            with schema.transaction() as session:
                session.merge(_kept(report))
            made += 1
    return made


def has_jobs(session: Session) -> bool:
    """Whether there is a history of jobs: without one, a report is fast to build."""
    return session.scalar(select(JobRun.run_id).limit(1)) is not None


def kept_report(session: Session, period: ReportPeriod, now: datetime) -> PeriodReport | None:
    """The stored report on a period; None if it is missing, older than three hours, or of another version."""
    kept = _row(session, period)
    if kept is None or now - kept.made_at > VALID:
        return None
    try:
        return _format().validate_json(kept.content)
    except ValidationError as error:
        log("WARNING", "a kept report is of another version: it is made again", reason=str(error)[:300])
        return None


def _row(session: Session, period: ReportPeriod) -> KeptReport | None:
    same = KeptReport.frequency == period.frequency, KeptReport.first == period.first, KeptReport.zone == period.zone
    return session.scalar(select(KeptReport).where(*same))


def _kept(report: PeriodReport) -> KeptReport:
    period = report.period
    return KeptReport(
        frequency=str(period.frequency),
        first=period.first,
        zone=period.zone,
        made_at=report.now,
        content=_format().dump_json(report).decode(),
    )


@cache
def _format() -> TypeAdapter[PeriodReport]:
    return TypeAdapter(PeriodReport)
