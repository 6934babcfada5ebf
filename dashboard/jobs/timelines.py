"""The timelines of a job: the tasks of one run, and the chain of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from db.error_db.incidents.failed_tasks import failed_attempts
from insights.jobs.chain.day import ChainDay, chain_jobs, chain_of_day
from insights.jobs.chain.job_status import job_statuses
from insights.jobs.chain.lineage import read_lineage
from insights.jobs.chain.tasks import tasks_of_run
from insights.jobs.incidents import unresolved
from insights.jobs.one_job import RunDetails, run_by_id, runs_of

if TYPE_CHECKING:
    from dashboard.request_context import RequestContext
    from insights.jobs.chain.model import Timeline
    from insights.jobs.starts import Job

FIRST_YEAR, LAST_YEAR = 1971, 9000


@dataclass(frozen=True, slots=True)
class RunTasks:
    """The tasks of a run of a DAG."""

    dag: Job
    run: RunDetails
    timeline: Timeline


def day_of(context: RequestContext, text: str) -> date:
    """The day of an address such as 2026-11-25; today without a valid one, and for days to come."""
    today = context.locale.local(context.now).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if FIRST_YEAR <= day.year <= LAST_YEAR and day < today else today


def chain_timeline(context: RequestContext, job: Job, day: date) -> Timeline | None:
    """The chain of a job on a day of the reader; None if the job did not run and is not expected."""
    with context.error_db() as session:
        incidents = unresolved(session)
    with context.schema_db() as session:
        lineage = read_lineage(session, context.now)
        own = lineage.own(job)
        jobs, left_out = chain_jobs(lineage, own)
        by_job = job_statuses(session, jobs, context.now, context.locale.local, incidents)
        return chain_of_day(session, own, _chain_day(context, day), lineage, by_job, left_out)


def task_timeline(context: RequestContext, job: Job, run_id: str = "") -> RunTasks | None:
    """The tasks of a run of a DAG, the latest one without an id; for the run of a task, those of its DAG run."""
    if job[0] != "airflow":
        return None
    with context.schema_db() as session:
        read = run_by_id(session, *job[:2], run_id) if run_id else None
        if read is None:
            read = next(((job, run) for run in runs_of(session, job, context.now, most=1)), None)
        if read and read[1].parent:
            read = run_by_id(session, *job[:2], read[1].parent)
    if read is None:
        return None
    dag, run = read
    with context.error_db() as session:
        failures = failed_attempts(session, dag[2], run.run_id.removeprefix(f"{dag[2]}/"), run.start_at)
    with context.schema_db() as session:
        timeline = tasks_of_run(session, dag, run, context.now, failures)
    return RunTasks(dag, run, timeline) if timeline else None


def _chain_day(context: RequestContext, day: date) -> ChainDay:
    zone = context.locale.local(context.now).tzinfo
    start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return ChainDay(start, end, context.now)
