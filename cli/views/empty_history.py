"""Messages about missing history: what is missing, and the command that collects it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.database import HistorySource
from cli.printable import clean
from cli.views import output
from shared import local_time
from shared.lazy.dataclass import dataclass
from shared.suggestions import did_you_mean, listed
from shared.texts import EMPTY, Text
from shared.texts.cli import history as texts
from shared.texts.validation import USE

COLLECTED = ("airflow", "bigquery", "compute", "dataflow", "vertex_ai")  # services whose jobs the collectors read

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.config import Settings


def policies_text(session: Session, settings: Settings) -> Text:
    """Why no access is known; empty if the policies of a scope were read."""
    from insights.history_gap import POLICIES, gap_text, history_gap

    gap = history_gap(session, POLICIES)
    return gap_text(gap, settings) if gap else EMPTY


def metrics_text(session: Session, settings: Settings) -> Text:
    """The command that collects metrics, if no collector has run yet; otherwise empty."""
    from insights.history_gap import first_steps, history_gap

    gap = history_gap(session, ())
    return first_steps(settings) if gap and gap.is_first else EMPTY


def incidents_text(session: Session) -> Text:
    """A message if the Error DB has never recorded an incident, because an empty list then proves nothing; otherwise empty."""
    from db.error_db.queries import IncidentFilter, incidents

    return EMPTY if incidents(session, IncidentFilter(), limit=1) else texts.NO_INCIDENT_YET


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """An answer without rows: `claim` is true for the jobs of `service` in the last `days`, if there is history.

    `past` is the number of days before them for the comparison, or 0.
    """

    claim: Text
    days: int
    now: datetime
    service: str = ""
    past: float = 0

    def text(self, session: Session, settings: Settings, source: HistorySource) -> Text:
        """The missing history and the command that collects it; otherwise the claim with its period."""
        from insights.jobs.coverage import coverage

        since = self.now - timedelta(days=self.days)
        covered = coverage(session, since, self.now, self.service)
        if covered.first is None or covered.last is None:
            if self.service and self.service not in COLLECTED:
                return _no_service(session, self.service)
            return no_runs_text(session, settings, source, self.service)
        latest, of_service = texts.LATEST_RUN(age=output.ago(covered.last, self.now)), _of(self.service)
        if not covered.jobs:
            return texts.NO_JOB_RAN(count=self.days, of_service=of_service, latest=latest)
        if self.past and covered.first >= since:
            return texts.BEGINS(day=local_time.day(covered.first))
        return texts.LOOKED_AT(
            claim=self.claim,
            jobs=texts.JOBS(count=covered.jobs),
            of_service=of_service,
            count=self.days,
            compared=texts.COMPARED(count=round(self.past)) if self.past else EMPTY,
            latest=latest,
        )


def _no_service(session: Session, service: str) -> Text:
    """A message that no job of the service is on record, with the services that have jobs."""
    from insights.jobs.coverage import recorded_services

    services = sorted({*COLLECTED, *recorded_services(session)})
    near = did_you_mean(service, services) or USE(names=listed(services))
    return texts.NO_SERVICE(service=clean(service), suggestion=near)


def no_costs(days: int, now: datetime) -> EmptyAnswer:
    """The message for an answer about costs without rows."""
    return EmptyAnswer(texts.NO_COST, days, now, "bigquery")


def no_runs_text(session: Session, settings: Settings, source: HistorySource, service: str = "") -> Text:
    """Why no run of a job is recorded."""
    from insights.history_gap import JOBS, gap_text, history_gap

    if source is HistorySource.BIGQUERY:
        return texts.NO_COPY
    prefix = "composer." if service == "airflow" else f"{service}."
    collectors = [name for name in JOBS if not service or name.startswith(prefix)]
    gap = history_gap(session, collectors or JOBS)
    return gap_text(gap, settings) if gap else texts.NO_RUNS(of_service=_of(service))


def _of(service: str) -> Text:
    return texts.OF_SERVICE(service=clean(service)) if service else EMPTY
