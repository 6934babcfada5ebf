"""What a command says when the history has no answer: what is missing, and the command that collects it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.database import HistorySource
from cli.printable import clean
from cli.views import output

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from insights.history_gap import HistoryGap
    from shared.config import Settings

NO_COPY = (
    "The BigQuery copy has no job runs yet: `hinomi snapshot run` copies them when HINOMI_BIGQUERY_HISTORY is set "
    "(docs/bigquery-target.md)."
)


def gap_text(gap: HistoryGap, settings: Settings) -> str:
    """One sentence with the command that collects the history."""
    names = ", ".join(gap.collectors)
    if gap.error:
        error = clean(gap.error).rstrip(".")
        return f"No snapshot of {names} has succeeded yet (last error: {error}): see `hinomi snapshot list`."
    if gap.is_first or not _has_projects(settings):
        return first_steps(settings)
    return f"No snapshots of {names} yet: run `hinomi snapshot run {' '.join(gap.collectors)}`."


def first_steps(settings: Settings) -> str:
    """How the first snapshots are collected."""
    before = "" if _has_projects(settings) else "set HINOMI_PROJECTS, then "
    return f"No snapshots yet: {before}run `hinomi snapshot run`."


def policies_text(session: Session, settings: Settings) -> str:
    """Why nothing is known of access; empty when the policies of a scope were read."""
    from insights.history_gap import POLICIES, history_gap

    gap = history_gap(session, POLICIES)
    return gap_text(gap, settings) if gap else ""


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """An answer without rows: `claim` is true of the jobs of `service` in the last `days`, when there is history at all.

    `past` is how many days before them the claim compares with, 0 for none.
    """

    claim: str
    days: int
    now: datetime
    service: str = ""
    past: float = 0

    def text(self, session: Session, settings: Settings, source: HistorySource) -> str:
        """What is missing and how to collect it; otherwise the claim with what was looked at."""
        from insights.jobs.coverage import coverage

        since = self.now - timedelta(days=self.days)
        found = coverage(session, since, self.now, self.service)
        if found.first is None or found.last is None:
            return no_runs_text(session, settings, source, self.service)
        last = f"The latest run on record started {output.ago(found.last, self.now)}."
        period = f"in the last {output.plural(self.days, 'day')}"
        if not found.jobs:
            return f"No job{_of(self.service)} ran {period}. {last}"
        if self.past and found.first >= since:
            return f"Nothing to compare with yet: the history of jobs begins on {found.first:%Y-%m-%d}."
        against = f", compared with the {self.past:g} days before" if self.past else ""
        return f"{self.claim}: {output.plural(found.jobs, 'job')}{_of(self.service)} ran {period}{against}. {last}"


def no_costs(days: int, now: datetime) -> EmptyAnswer:
    """The answer of a question about costs without rows."""
    return EmptyAnswer("No job of BigQuery has a cost", days, now, "bigquery")


def no_runs_text(session: Session, settings: Settings, source: HistorySource, service: str = "") -> str:
    """Why no run of a job is on record."""
    from insights.history_gap import JOBS, history_gap

    if source is HistorySource.BIGQUERY:
        return NO_COPY
    prefix = "composer." if service == "airflow" else f"{service}."
    collectors = [name for name in JOBS if not service or name.startswith(prefix)]
    gap = history_gap(session, collectors or JOBS)
    return gap_text(gap, settings) if gap else f"No job run{_of(service)} is on record: see `hinomi snapshot list`."


def _has_projects(settings: Settings) -> bool:
    return bool(settings.projects or settings.scope)


def _of(service: str) -> str:
    return f" of {clean(service)}" if service else ""
