"""Missing runs: those that failed and were never repaired, and those that never started."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ARRAY, DateTime, Select, func, select, true, tuple_
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import JobRun, JobSchedule
from insights.jobs.cadence import Cadence, learn
from insights.jobs.due_run import HOUR, DueRun, Localize
from insights.jobs.habits.busy_hours import ONE_AN_HOUR
from insights.jobs.rerun import rerun_advice, rerun_command
from insights.jobs.starts import KEY, MONTHS, Job, listed_jobs, read_until, starts_of_jobs
from shared.identity.late_jobs import LATE_RULES
from shared.identity.regional_jobs import regional_name
from shared.identity.table_rules import TABLE_RULES
from shared.lazy.dataclass import dataclass
from shared.model import IncidentKind
from shared.records import IncidentView
from shared.texts import EMPTY, Text

# Labels of incidents that name a job with runs; other failures, such as that of a VM, are not runs.
JOB_LABELS = ("dag_id", "dag", "job", "pipeline", "transfer_config", "transfer_job")
MOST_OF_ONE_JOB = 20
WEEK = timedelta(days=7)
MOST_STARTS = 1000  # of a job, from which its habit is learned


@dataclass(frozen=True, slots=True)
class JobGap:
    """A missing run.

    `state` is `failed` (`since` is the last failure, `incident` the incident) or `never_started` (`since` is when it
    was due). `later_success_at` is when a later run succeeded. `command` runs it again; without a command, `advice`
    says how to run it.
    """

    state: str
    service: str
    project: str
    job: str
    run: str
    since: datetime
    later_success_at: datetime | None = None
    incident: int | None = None
    command: str = ""
    advice: Text = EMPTY


def unrepaired(incidents: Iterable[IncidentView], service: str = "") -> list[JobGap]:
    """The runs of incidents that failed and were never repaired, latest first."""
    found = [
        _gap(incident, run)
        for incident in incidents
        if incident.kind == IncidentKind.JOB_FAILURE
        and incident.rule not in {*LATE_RULES, *TABLE_RULES}
        and service in ("", *_services(incident))
        for run in _runs(incident)
    ]
    return sorted(found, key=lambda gap: (gap.since, gap.run), reverse=True)


def _gap(incident: IncidentView, run: str) -> JobGap:
    command = rerun_command(incident, run)
    return JobGap(
        state="failed",
        service=incident.service,
        project=incident.project,
        job=job_name(incident),
        run=run,
        since=incident.last_seen_at,
        later_success_at=incident.later_success_at,
        incident=incident.id,
        command=command,
        advice=EMPTY if command else rerun_advice(incident),
    )


def _runs(incident: IncidentView) -> tuple[str, ...]:
    """The unrepaired runs of an incident; if runs of the job cannot be distinguished, the run that failed last."""
    if incident.unrepaired_runs or not any(incident.labels.get(name) for name in JOB_LABELS):
        return incident.unrepaired_runs
    return (incident.labels.get("run") or incident.labels.get("run_id") or incident.labels.get("execution") or "",)


def _services(incident: IncidentView) -> set[str]:
    """The services of an incident's job in the history of jobs: that of a task is airflow."""
    is_airflow = incident.labels.get("dag_id") or incident.labels.get("dag")
    return {incident.service, *(["airflow"] if is_airflow else [])}


def job_name(incident: IncidentView) -> str:
    """The display name of the job of an incident: DAG and task if it has them, otherwise its resource."""
    label = incident.labels.get
    parts = [label("dag_id") or label("dag"), label("task_id") or label("task")]
    return ".".join(filter(None, parts)) or incident.resource


def never_started(
    session: Session, now: datetime, *, days: float, service: str = "", zone: Localize | None = None
) -> list[JobGap]:
    """The runs of the last days that were due by the cadence of their job and never started, latest first.

    `zone` converts times to local time; default: UTC. A run after the latest snapshot of its collector is not missing
    yet.
    """
    since = now - timedelta(days=days)
    unscheduled, known = unscheduled_jobs(session), read_until(session)
    found = [
        JobGap("never_started", *job, run="", since=due)
        for job, starts in starts_of_jobs(session, now, max(LONGEST, timedelta(days=days) + WEEK), service).items()
        if job not in unscheduled
        for due in _missing(starts, since, min(now, known.get(job[:2], now)), zone or _utc)
    ]
    return sorted(found, key=lambda gap: (gap.since, gap.job), reverse=True)


def missing_runs(
    session: Session,
    jobs: Collection[Job],
    now: datetime,
    *,
    days: float,
    past: timedelta = MONTHS,
    zone: Localize | None = None,
) -> dict[Job, list[datetime]]:
    """Like `never_started`, for some jobs: the times at which runs were due, latest first; jobs without any are left out.

    The cadence is learned from the runs in `past`. A shorter `past` is faster, and shows no monthly jobs.
    """
    since = now - timedelta(days=days)
    begin = now - max(past, timedelta(days=days) + WEEK)
    starts = _starts(session, begin, now, jobs=sorted(set(jobs))) if jobs else ()
    scheduled = frozenset(jobs) - (unscheduled_jobs(session) if jobs else frozenset())
    known = read_until(session) if jobs else {}
    due = {
        job: _missing(times, since, min(now, known.get(job[:2], now)), zone or _utc)
        for job, times in starts
        if job in scheduled
    }
    return {job: times for job, times in due.items() if times}


def unscheduled_jobs(session: Session) -> frozenset[Job]:
    """The jobs with a paused or deleted schedule; their runs are not missing."""
    key = JobSchedule.service, JobSchedule.project, JobSchedule.location, JobSchedule.job_name
    stopped = session.execute(select(*key).where(JobSchedule.state != "enabled"))
    return frozenset(
        (service, project, regional_name(service, location, name)) for service, project, location, name in stopped
    )


def _starts(
    session: Session, since: datetime, until: datetime, jobs: Sequence[Job]
) -> Iterator[tuple[Job, list[datetime]]]:
    """These jobs with the starts of their runs, earliest first."""
    if session.get_bind().dialect.name == "postgresql":
        for service, project, name, starts in session.execute(_collected(jobs, since, until)):
            yield (service, project, name), sorted(starts)
        return
    place = func.row_number().over(partition_by=KEY, order_by=JobRun.start_at.desc())
    inside = JobRun.start_at >= since, JobRun.start_at < until, tuple_(*KEY).in_(jobs)
    ranked = select(*KEY, JobRun.start_at, place.label("place")).where(*inside).subquery()
    found: defaultdict[Job, list[datetime]] = defaultdict(list)
    for service, project, name, start, _ in session.execute(select(ranked).where(ranked.c.place <= MOST_STARTS)):
        found[(service, project, name)].append(start)
    yield from ((job, sorted(starts)) for job, starts in sorted(found.items()))


def _collected(jobs: Sequence[Job], since: datetime, until: datetime) -> Select[Any]:
    """One row with all starts for each job: PostgreSQL reads the end of its index, and sends no row for each run."""
    listed = listed_jobs(jobs)
    same = (one == other for one, other in zip(KEY, listed.columns, strict=True))
    inside = JobRun.start_at >= since, JobRun.start_at < until
    latest = select(JobRun.start_at).where(*same, *inside).order_by(JobRun.start_at.desc()).limit(MOST_STARTS)
    of_job = latest.subquery().lateral("latest")
    # The driver gives times in UTC: the column's own type would look at each of thousands again.
    collected = func.array_agg(of_job.c.start_at, type_=ARRAY(DateTime(timezone=True))).label("starts")
    joined = select(*listed.columns, collected).select_from(listed.join(of_job, true()))
    return joined.group_by(*listed.columns).order_by(*listed.columns)


def _missing(starts: Sequence[datetime], since: datetime, now: datetime, zone: Localize) -> list[datetime]:
    """The times of runs that were due by the cadence of their job and never started, latest first."""
    cadence = learn(starts, zone)
    if cadence is None:
        return []
    # Runs that were due before a start before `since` are not asked for.
    first = max(bisect_left(starts, since - WEEK), bisect_left(starts, since) - 1)
    times = starts[first:] or starts[-1:]
    due = [each for before, after in pairwise(times) for each in _skipped(cadence, before, after)]
    due += [each for each in cadence.due_after(times[-1], now) if each.late_at < now]
    return [each.due_at for each in due if each.due_at >= since][::-1][:MOST_OF_ONE_JOB]


def _skipped(cadence: Cadence, before: datetime, after: datetime) -> list[DueRun]:
    """The runs that were due between two starts.

    The second start counts as the late start of the last one, unless it has a time of its own.
    """
    if cadence.interval:
        until = after - cadence.interval / 2
        if ONE_AN_HOUR - HOUR / 2 < cadence.interval < ONE_AN_HOUR:  # it may be the latest start of this hour
            until = min(until, after.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        return list(cadence.due_after(before, until)) if before + cadence.interval < until else []
    due = [each for each in cadence.due_after(before, after) if each.late_at < after]
    if due and not cadence.is_due(after):
        due.pop()
    return due


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
