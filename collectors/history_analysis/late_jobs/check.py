"""Opens and resolves incidents for jobs that are late, after each run of the history function.

An incident of a late job resolves when its run ended, or when no run is expected any more. Where most jobs of a service
and project have not started, they are one incident: their scheduler is at fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectors.history_analysis.incident_changes import IncidentCheck, write
from collectors.history_analysis.late_jobs import findings
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import is_left_out
from db.error_db.models import Incident
from insights.jobs.expectations import declared_expectations
from insights.jobs.figures import ShownRun
from insights.jobs.lateness import JobCalendar, LateJob, Lateness, lateness, latest_run
from shared.identity.late_jobs import LATE, MANY_LATE
from shared.model import Finding, Recovery, Status
from shared.texts.locale import Locale

MANY = 5  # late jobs of one service and project that are one incident,
SHARE = 0.6  # if they are so many of those that are expected
RUNNING_LONG = "bigquery/job_running_long"  # of the load check, which cannot be imported from here


@dataclass(frozen=True, slots=True)
class OpenFault:
    """An unresolved incident of this check: `resource` is the name of the job."""

    fingerprint: str
    rule: str
    since: datetime
    service: str
    project: str
    resource: str


@dataclass(frozen=True, slots=True)
class LateJobCheck(IncidentCheck):
    """Opens and closes incidents about jobs that are late. `expectations` is rules/expectations.yaml, compiled."""

    expectations: Mapping[str, Any] = field(default_factory=dict)

    def check(self, now: datetime) -> int:
        """Compares each job with its habits; returns the number of changed incidents.

        Raises TransientError when a database is unavailable.
        """
        with self.schema.reading() as session:
            seen = lateness(session, now, self._calendar(now))
            if not seen.jobs:
                return 0  # the Error DB of an installation without jobs is not opened
            unresolved, reported = self._unresolved()
            late = [each for each in seen.late if each.run is None or each.run.run_id not in reported]
            found = self._without_feedback(_findings(replace(seen, late=late), unresolved))
            over = [one for key, one in sorted(unresolved.items()) if key not in found]
            recoveries = [findings.over(one.rule, one.fingerprint, _end(session, one, now), now) for one in over]
        return self._record(list(found.values()), recoveries, now)

    def _without_feedback(self, found: dict[str, Finding]) -> dict[str, Finding]:
        """The findings that nobody said to leave out."""
        if not found:
            return found
        with self.errors().reading() as session:
            given = feedback.active(session, found)
        return {
            key: each
            for key, each in found.items()
            if not is_left_out(given.get(key, ()), each.since or each.time, each.time, each.fields.get("missed"))
        }

    def _calendar(self, now: datetime) -> JobCalendar:
        locale = Locale(self.settings.language, self.settings.timezone, now)
        return JobCalendar(locale.local, locale.local(now).tzinfo or UTC, *declared_expectations(self.expectations))

    def _unresolved(self) -> tuple[dict[str, OpenFault], set[str]]:
        """The unresolved incidents of this check, by fingerprint, and the runs that others report for running too long."""
        columns = Incident.fingerprint, Incident.rule, Incident.opened_at, Incident.service, Incident.project
        rules = [LATE, MANY_LATE, RUNNING_LONG]
        unresolved = select(*columns, Incident.resource, Incident.labels).where(
            Incident.rule.in_(rules), Incident.status != Status.RESOLVED
        )
        with self.errors().reading() as session:
            rows = session.execute(unresolved).all()
        own = {row.fingerprint: OpenFault(*row[:-1]) for row in rows if row.rule != RUNNING_LONG}
        return own, {str(row.labels.get("job")) for row in rows if row.rule == RUNNING_LONG}

    def _record(self, found: list[Finding], recoveries: list[Recovery], now: datetime) -> int:
        if not (found or recoveries):
            return 0
        return write(self.errors(), self.plan, (found, recoveries), self.settings.redact, now)


def _end(session: Session, fault: OpenFault, now: datetime) -> ShownRun | None:
    """The run that ends a fault of a job: it started, or ended, after the fault began."""
    if fault.rule != LATE:
        return None
    run = latest_run(session, findings.job_of(fault.service, fault.project, fault.resource), now)
    return run if run and max(run.start_at, run.end_at or run.start_at) >= fault.since else None


def _findings(seen: Lateness, unresolved: Collection[str]) -> dict[str, Finding]:
    """The findings by fingerprint. A job whose own incident is open keeps it, also when many are late now."""
    groups: defaultdict[tuple[str, str], list[LateJob]] = defaultdict(list)
    for each in seen.late:
        if each.run is None and each.deadline is None:
            groups[each.job[:2]].append(each)
    many = {
        place: jobs for place, jobs in groups.items() if len(jobs) >= max(MANY, SHARE * seen.expected.get(place, 0))
    }
    made = [findings.many(jobs, seen.expected.get(place, len(jobs))) for place, jobs in many.items()]
    made += [
        findings.late(each)
        for each in seen.late
        if each.run is not None
        or each.deadline is not None
        or each.job[:2] not in many
        or findings.key_of(each.job) in unresolved
    ]
    return {finding.fingerprint: finding for finding in made}
