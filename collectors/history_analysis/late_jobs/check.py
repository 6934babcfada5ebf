"""Opens and resolves incidents for late jobs, after each history run.

The incident of a late job resolves when its run has ended, or when no run is expected any more. If most jobs of a
service and project have not started, they are one incident, because their scheduler is at fault.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectors.history_analysis.incident_changes import IncidentCheck, write
from collectors.history_analysis.late_jobs import findings
from db.error_db import queries
from db.error_db.models import Incident
from db.schema_db.write.deadlines import write_deadlines
from insights.causes.subject import subject_of
from insights.jobs.expectations import declared_expectations
from insights.jobs.figures import ShownRun
from insights.jobs.late_job import LateJob
from insights.jobs.lateness import JobCalendar, Lateness, lateness, latest_run
from insights.jobs.starts import Job
from shared.identity.late_jobs import LATE, LATE_RULES, MANY_LATE
from shared.model import Finding, IncidentKind, Recovery, Status
from shared.texts.locale import Locale

MANY = 5  # late jobs of one service and project that are one incident,
SHARE = 0.6  # if they are at least this share of the jobs that were expected meanwhile,
LEAST_ROOTS = 2  # and at least this number of them wait for no other job
MOST_INCIDENTS = 1_000  # unresolved ones of jobs that are compared with upstream jobs
RUNNING_LONG = "bigquery/job_running_long"  # of the load check, which cannot be imported from here
TASK_RUNNING_LONG = "airflow/running_long"


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
    """Opens and closes incidents about late jobs. `expectations` is the compiled rules/expectations.yaml."""

    expectations: Mapping[str, Any] = field(default_factory=dict)

    def check(self, now: datetime) -> int:
        """Compares each job with its cadence and stores the next deadlines; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        with self.schema.reading() as session:
            seen = lateness(session, now, self._calendar(now))
        with self.schema.transaction() as session:
            write_deadlines(session, seen.deadlines, now)
        with self.schema.reading() as session:
            unresolved, reported, failing = self._unresolved()
            late = [
                each
                for each in seen.late
                if not _is_reported(each, reported) and (each.is_sure or findings.key_of(each.job) in unresolved)
            ]
            made = self.without_feedback(_findings(replace(seen, late=late), unresolved, failing))
            keys = {each.fingerprint for each in made}
            over = [one for key, one in sorted(unresolved.items()) if key not in keys]
            recoveries = [findings.over(one.rule, one.fingerprint, _end(session, one, now), now) for one in over]
        return self._record(made, recoveries, now)

    def _calendar(self, now: datetime) -> JobCalendar:
        locale = Locale(self.settings.language, self.settings.timezone, now)
        return JobCalendar(locale.local, locale.local(now).tzinfo or UTC, *declared_expectations(self.expectations))

    def _unresolved(self) -> tuple[dict[str, OpenFault], set[str], frozenset[str]]:
        """The unresolved incidents by fingerprint, the runs that other rules report, and the failing jobs.

        Other rules report runs, and tasks of DAGs, that run for too long. Failing jobs have an incident of another
        rule.
        """
        columns = Incident.fingerprint, Incident.rule, Incident.opened_at, Incident.service, Incident.project
        rules = [LATE, MANY_LATE, RUNNING_LONG, TASK_RUNNING_LONG]
        unresolved = select(*columns, Incident.resource, Incident.labels).where(
            Incident.rule.in_(rules), Incident.status != Status.RESOLVED
        )
        with self.errors().reading() as session:
            rows = session.execute(unresolved).all()
            of_jobs = queries.IncidentFilter((Status.OPEN, Status.ACKNOWLEDGED), IncidentKind.JOB_FAILURE)
            failing = queries.incidents(session, of_jobs, limit=MOST_INCIDENTS)
        names = (subject_of(each).own_jobs for each in failing if each.rule not in LATE_RULES)
        own = {row.fingerprint: OpenFault(*row[:-1]) for row in rows if row.rule in LATE_RULES}
        reported = {str(row.labels.get("job")) for row in rows if row.rule == RUNNING_LONG}
        reported |= {str(row.labels.get("dag_id")) for row in rows if row.rule == TASK_RUNNING_LONG}
        return own, reported, frozenset().union(*names)

    def _record(self, found: list[Finding], recoveries: list[Recovery], now: datetime) -> int:
        if not (found or recoveries):
            return 0
        return write(self.errors(), self.plan, (found, recoveries), self.settings.redact, now)


def _is_reported(late: LateJob, reported: Collection[str]) -> bool:
    """Whether another rule has already reported that its run, or a task of its DAG, runs for too long."""
    if late.run is None:
        return False
    return late.run.run_id in reported or (late.is_long and late.job[0] == "airflow" and late.job[2] in reported)


def _end(session: Session, fault: OpenFault, now: datetime) -> ShownRun | None:
    """The run that ends a fault of a job: it started, or ended, after the fault began."""
    if fault.rule != LATE:
        return None
    run = latest_run(session, findings.job_of(fault.service, fault.project, fault.resource), now)
    return run if run and max(run.start_at, run.end_at or run.start_at) >= fault.since else None


def _findings(seen: Lateness, unresolved: Collection[str], failing: Collection[str]) -> list[Finding]:
    """The findings about late jobs.

    A job with an open incident keeps it, even if many jobs are late now. A job that only waits for an upstream job
    with an incident has no incident of its own; it is named in that of the upstream job.
    """
    groups: defaultdict[tuple[str, str], list[LateJob]] = defaultdict(list)
    for each in seen.late:
        if each.run is None and each.deadline is None and each.due is not None:
            groups[each.job[:2]].append(each)
    many = {
        place: found for place, jobs in groups.items() if (found := _of_platform(jobs, seen.started.get(place, ())))
    }
    made = [findings.many(jobs, expected) for jobs, expected in many.values()]
    of_platform = {each.job for jobs, _ in many.values() for each in jobs}
    alone = [
        each
        for each in seen.late
        if each.run is not None
        or each.deadline is not None
        or each.job not in of_platform
        or findings.key_of(each.job) in unresolved
    ]
    own = {each.job: each for each in alone if findings.key_of(each.job) in unresolved or not _waits(each, failing)}
    late = {each.job for each in seen.late}
    waiting: defaultdict[Job, list[LateJob]] = defaultdict(list)
    for each in alone:
        above = next((one.job for one in each.path if one.job in late), None)
        if above is None or above not in own:
            continue
        if each.job in own and findings.key_of(each.job) not in unresolved and each.deadline is None:
            del own[each.job]
        waiting[above].append(each)
    made += [findings.late(each, waiting.get(job, ())) for job, each in own.items()]
    return made


def _of_platform(late: Sequence[LateJob], started: Sequence[datetime]) -> tuple[Sequence[LateJob], int] | None:
    """The jobs that are late because of their scheduler, and the number of jobs expected meanwhile; None if it works.

    The scheduler is at fault if, since some time, most expected jobs have not started and do not all wait for one
    upstream job. The longest such period counts: a job that is late for longer has a fault of its own. `started` are
    the starts of the other jobs.
    """
    latest_first = sorted(late, key=lambda each: each.since, reverse=True)
    for count in range(len(late), MANY - 1, -1):
        jobs = latest_first[:count]
        expected = count + len(started) - bisect_left(started, jobs[-1].since)
        if count >= SHARE * expected and sum(not each.path for each in jobs) >= LEAST_ROOTS:
            return jobs, expected
    return None


def _waits(late: LateJob, failing: Collection[str]) -> bool:
    """Whether the job only waits for a failed upstream job that has an incident."""
    return late.deadline is None and any(each.job[2] in failing for each in late.path)
