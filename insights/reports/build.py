"""Builds a report from the Error DB and the Schema DB."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from db.error_db import handler_rules, queries
from db.error_db.store import ErrorStore
from insights.reports import incidents
from insights.reports.history import MOST_ASSESSED, HistoryReader
from insights.reports.model import PeriodReport
from insights.reports.period import ReportPeriod
from shared.config import Settings
from shared.own_incidents import CHANNEL_BROKEN
from shared.texts import EMPTY, Text
from shared.texts.reports import sentences as texts
from shared.texts.reports.labels import day_text


def build(
    store: ErrorStore,
    settings: Settings,
    period: ReportPeriod,
    now: datetime,
    *,
    remediations: Collection[str],
    most_assessed: int = MOST_ASSESSED,
) -> PeriodReport:
    """Builds the report on a period with the knowledge at `now`. `remediations` are the names of the repairing actions.

    The use of at most `most_assessed` grants is assessed.

    Raises TransientError if the Error DB is unavailable. Without the Schema DB, its parts say that they are missing.
    """
    before = period.before()
    history = HistoryReader(settings, period, now, most_assessed=most_assessed).facts()
    with store.reading() as session:
        found = incidents.outcomes(session, before.start, period.end, remediations)
        rejected = incidents.rejected(session, period)
        rejected_before = sum(incidents.rejected(session, before).values())
        since = incidents.known_since(session)
        open_count, open_incidents = incidents.open_at(session, min(period.end, now))
        return PeriodReport(
            project=settings.project,
            period=period,
            now=now,
            known_since=since,
            figures=incidents.figures(found, period, sum(rejected.values())),
            figures_before=(
                incidents.figures(found, before, rejected_before)
                if since is not None and since <= before.start and not _is_deleted(settings, before, now)
                else None
            ),
            minutes_per_remediation=settings.minutes_per_remediation,
            days=incidents.by_day(found, period),
            severities=incidents.severities(found, period),
            open_count=open_count,
            open_incidents=open_incidents,
            waiting=tuple(queries.waiting_for_approval(session)),
            handlers=incidents.handlers(found, period),
            noisy=incidents.noisiest(found, period),
            unrepaired=incidents.failed_runs(session, period),
            broken_channels=incidents.broken_channels(session, period, CHANNEL_BROKEN),
            rejected=rejected,
            history=history,
            incomplete=_incomplete(settings, period, since, now),
            defaults=handler_rules.latest_defaults(session),
        )


def _is_deleted(settings: Settings, period: ReportPeriod, now: datetime) -> bool:
    """Whether retention may have deleted incidents of the period."""
    return period.start < now - timedelta(days=settings.retention_days)


def _incomplete(settings: Settings, period: ReportPeriod, since: datetime | None, now: datetime) -> Text:
    """The reason why the period is not known completely; empty if it is."""
    if since is None:
        return texts.NOTHING_RECORDED
    if period.end <= since:
        return texts.BEFORE_FIRST_RECORD(day=day_text(period.day_of(since)))
    if _is_deleted(settings, period, now):
        return texts.DELETED(count=settings.retention_days)
    if period.start < since:
        return texts.RECORDED_SINCE(day=day_text(period.day_of(since)))
    return EMPTY if period.end <= now else texts.NOT_OVER
