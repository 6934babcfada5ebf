"""A sample report on a week, for the pictures of docs/reports.md and docs/gallery.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from handlers.messages.report_message import ReportMessage
from handlers.reports.messages import report_message
from insights.access.model import Access, AccessGrant
from insights.cost.spending import CostLine
from insights.jobs.gaps import JobGap
from insights.jobs.trends import FailingJob, SlowJob
from insights.reports.model import (
    Day,
    HandlerResult,
    HistoryFacts,
    MedianTime,
    PeriodFigures,
    PeriodReport,
    RuleNoise,
    UnusedGrants,
)
from insights.reports.period import Frequency, containing
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView
from shared.texts.locale import Locale

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
PROJECT = "example-project"
ZONES = {"en": "UTC", "ja": "Asia/Tokyo"}


def sample_report(language: str) -> ReportMessage:
    """The sample in the forms that channels send, in the time zone of a reader of this language."""
    locale = Locale(language, ZONES[language], NOW)
    return report_message(_report(language), locale, key="", dashboard_url="https://hinomi.example.com")


def _report(language: str) -> PeriodReport:
    return PeriodReport(
        project=PROJECT,
        period=containing(Frequency.WEEKLY, MONDAY, ZONES[language]),
        now=NOW if language == "ja" else NOW + timedelta(hours=9),
        known_since=NOW - timedelta(days=90),
        figures=_figures(opened=34, recovered=29, person=3, alone=28, remediated=13, minutes=7),
        figures_before=_figures(opened=38, recovered=31, person=6, alone=29, remediated=11, minutes=11),
        minutes_per_remediation=20,
        days=tuple(
            Day(MONDAY + timedelta(days=place), opened, person)
            for place, (opened, person) in enumerate([(6, 1), (5, 1), (8, 2), (3, 0), (6, 1), (2, 0), (4, 1)])
        ),
        severities={Severity.HIGH: 12, Severity.MEDIUM: 22},
        open_count=2,
        open_incidents=(
            _open(1251, "load_mart.merge_daily", Severity.MEDIUM, hours=50, by="alice@example.com"),
            _open(1258, "export_partners.send", Severity.HIGH, hours=9),
        ),
        waiting=(),
        handlers=(
            HandlerResult("clear-airflow-task", "clear_airflow_task", 14, 12),
            HandlerResult("close-public-access", "remove_iam_member", 1, 1),
        ),
        noisy=(RuleNoise("composer/task_failed", 15, 14, 2), RuleNoise("pubsub/oldest_message_age", 9, 9, 9)),
        unrepaired=(
            JobGap(
                state="failed",
                service="composer",
                project=PROJECT,
                job="export_partners.send",
                run="scheduled__2026-11-22T03:00:00+00:00",
                since=NOW - timedelta(hours=9),
                incident=1258,
                command="airflow tasks clear export_partners --task-regex send",
            ),
        ),
        broken_channels=(),
        rejected={},
        history=_history(),
    )


def _figures(*, opened: int, recovered: int, person: int, alone: int, remediated: int, minutes: int) -> PeriodFigures:
    return PeriodFigures(
        opened=opened,
        by_resolution={"recovery": recovered, "person": person, "quiet": 2},
        without_person=alone,
        attempted=remediated + 2,
        remediated=remediated,
        detect=MedianTime(4, opened),
        acknowledge=MedianTime(minutes * 60 - 60, person + 2),
        resolve=MedianTime(minutes * 60, recovered + person),
        rejected=0,
    )


def _open(number: int, resource: str, severity: Severity, *, hours: int, by: str | None = None) -> IncidentView:
    began = NOW - timedelta(hours=hours)
    return IncidentView(
        id=number,
        fingerprint="",
        rule="composer/task_failed",
        title="Airflow task failed",
        kind=IncidentKind.JOB_FAILURE,
        severity=severity,
        service="composer",
        project=PROJECT,
        resource=resource,
        principal="",
        summary="",
        status=Status.ACKNOWLEDGED if by else Status.OPEN,
        opened_at=began,
        last_seen_at=began,
        occurrence_count=1,
        acknowledged_at=began if by else None,
        acknowledged_by=by,
        resolved_at=None,
        resolution=None,
        quiet_seconds=None,
        labels={},
        received_at=began,
        evidence={"translations": {"ja": {"title": "Airflow タスクが失敗"}}},
    )


def _history() -> HistoryFacts:
    job: dict[str, Any] = {"service": "airflow", "project": PROJECT}
    return HistoryFacts(
        cost=341.0,
        cost_before=338.2,
        costs=(_cost("mart", 207.7, 213.1), _cost("events_to_raw", 94.4, 93.5), _cost("load_mart.merge_daily", 38.9, 31.6)),
        jobs=49,
        slow=(SlowJob(**job, job_name="load_mart.merge_daily", runs=7, median=9480, p95=9900, past_runs=28,
                      past_median=6780, past_p95=7200, growth=1.4, score=6.0),),
        failing=(FailingJob(**job, job_name="export_partners.send", runs=7, failed=1, rate=1 / 7, streak=1,
                            failed_at=NOW, succeeded_at=None, run_id="", error="partner host unknown"),),
        never_started=(),
        unused=UnusedGrants(90, 2, 41, 310, (_grant("old-admin@example.com", "roles/owner", PROJECT),
                                             _grant("dave@example.com", "roles/bigquery.dataViewer", "mart"))),
    )  # fmt: skip


def _cost(name: str, now: float, before: float) -> CostLine:
    return CostLine(name, 7, 0, 0.0, 0.0, now, before, now / 341)


def _grant(user: str, role: str, resource: str) -> Access:
    member = f"user:{user}"
    begun = NOW - timedelta(days=300)
    grant = AccessGrant(
        resource, role, member, None, begun, None, exact_from=True, exact_to=False, granted_by=None, revoked_by=None
    )
    return Access(member, grant, inherited=False)
