"""The parts of a report from the Schema DB: cost, jobs and unused grants. A failure of one part leaves the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.access import queries
from insights.access.model import Use
from insights.access.usage.summary import UsageSummary
from insights.causes.lookup import Causes
from insights.cost.spending import By, Prices, cost_between
from insights.history_gap import BIGQUERY_JOBS, JOBS, POLICIES, first_steps, gap_text, history_gap
from insights.jobs import gaps, trends
from insights.jobs.coverage import coverage
from insights.quality.period import quality_between
from insights.reports.model import HistoryFacts, UnusedGrants
from insights.reports.period import Frequency, ReportPeriod
from shared.config import Settings
from shared.logs import log
from shared.texts import Text
from shared.texts.reports import history as texts

SECONDS = 8.0  # for each statement
BUDGET_SECONDS = 30.0  # after which no further part is read: the function sends other reports too
DAYS_UNUSED = 90
MOST_GRANTS = 10
MOST_ASSESSED = 20_000  # grants whose use a report assesses, a few seconds
# A day has few runs of a job: it is compared with two weeks, a week with four.
COMPARED = {Frequency.DAILY: (14.0, 1), Frequency.WEEKLY: (4.0, 3), Frequency.RANGE: (4.0, 2)}

Found = TypeVar("Found")


class HistoryReader:
    """Reads the parts of a report from the Schema DB; `missing` collects the reason for each missing part.

    The use of at most `most_assessed` grants is assessed.
    """

    def __init__(
        self, settings: Settings, period: ReportPeriod, now: datetime, *, most_assessed: int = MOST_ASSESSED
    ) -> None:
        self.missing: dict[str, Text] = {}
        self._settings = settings
        self._period = period
        self._now = now
        self._most_assessed = most_assessed
        self._error = ""
        self._begun = time.monotonic()
        self._schema_db = Causes(
            settings.schema_db_url, self._report, redact=settings.redact, seconds=SECONDS, pause=timedelta(0)
        )

    def facts(self) -> HistoryFacts:
        """Returns all available facts."""
        end, days = min(self._period.end, self._now), self._period.length / timedelta(days=1)
        prices = Prices(self._settings.price_per_tib, self._settings.price_per_slot_hour)
        times = self._period.before().start, self._period.start, self._period.end
        past, least = COMPARED[self._period.frequency]
        compared = trends.Comparison(days, past, least)
        try:
            costs = self._of("cost", BIGQUERY_JOBS, lambda session: tuple(cost_between(session, By.JOB, times, prices)))
            before = self._of("cost_before", BIGQUERY_JOBS, lambda session: _covers(session, times[0]))
            jobs = self._of("jobs", JOBS, lambda session: coverage(session, self._period.start, end).jobs)
            slow = self._of("slow", JOBS, lambda session: tuple(trends.slow(session, compared, now=end)))
            failing = self._of("failing", JOBS, lambda session: tuple(trends.failing(session, now=end, days=days)))
            never = self._of("never_started", JOBS, lambda session: tuple(gaps.never_started(session, end, days=days)))
            quality = self._schema_db.ask(lambda session: quality_between(session, self._period.start, end), self._now)
            unused = self._of("unused", POLICIES, lambda session: _unused(session, end, self._most_assessed))
        finally:
            self._schema_db.close()
        return HistoryFacts(
            cost=None if costs is None else sum(line.price for line in costs),
            cost_before=sum(line.previous_price for line in costs) if costs is not None and before else None,
            costs=costs,
            jobs=jobs,
            slow=slow,
            failing=failing,
            never_started=never,
            unused=unused,
            quality=quality if quality is not None and quality.checks else None,
            missing=self.missing,
            currency=self._settings.currency,
        )

    def _of(self, name: str, collectors: tuple[str, ...], question: Callable[[Session], Found]) -> Found | None:
        """The answer; None, with the reason in `missing`, if its history was never collected or cannot be read."""
        if time.monotonic() - self._begun > BUDGET_SECONDS:
            self.missing[name] = texts.TOO_SLOW
            return None
        self._error = ""
        answer = self._schema_db.ask(lambda session: self._answer(session, collectors, question), self._now)
        if answer is None:
            self.missing[name] = texts.UNAVAILABLE if self._error else first_steps(self._settings)
            return None
        gap, found = answer
        if gap is not None:
            self.missing[name] = gap
        return found

    def _answer(
        self, session: Session, collectors: tuple[str, ...], question: Callable[[Session], Found]
    ) -> tuple[Text | None, Found | None]:
        gap = history_gap(session, collectors)
        return (gap_text(gap, self._settings), None) if gap else (None, question(session))

    def _report(self, reason: str) -> None:
        self._error = reason
        log("WARNING", "a report omits history: the Schema DB is unavailable", reason=reason)


def _covers(session: Session, since: datetime) -> bool:
    """Whether runs of BigQuery jobs are known since before a time, so that a period can be compared."""
    earlier = select(JobRun.start_at).where(JobRun.service == "bigquery", JobRun.start_at < since).limit(1)
    return session.scalar(earlier) is not None


def _unused(session: Session, end: datetime, most: int) -> UnusedGrants:
    summary = UsageSummary()
    rows = queries.unused(session, end, days=DAYS_UNUSED, summary=summary, most=most)
    first = tuple(islice(rows, MOST_GRANTS))
    _exhaust(rows)
    counts = summary.counts
    return UnusedGrants(
        DAYS_UNUSED, counts[Use.UNUSED], counts[Use.UNKNOWN], summary.total, first, is_cut=summary.total >= most
    )


def _exhaust(rows: Iterator[object]) -> None:
    """Reads all remaining rows, so that the summary counts them."""
    for _ in rows:
        pass
