"""Which jobs are late now: those that have not started by their usual time, and those that run longer than usual.

Nothing is configured: each job is compared with its own last weeks. A job is judged at the time up to which its collector
has read, so that a collector that is behind makes no job late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from db.schema_db.models.jobs import UNFINISHED
from insights.jobs.cadence import DueRun, Localize, learn
from insights.jobs.figures import ShownRun, latest_runs
from insights.jobs.gaps import unscheduled_jobs
from insights.jobs.starts import KEY, Job, alone, read_until, starts_of_jobs
from insights.jobs.usual import is_long, slow_limit, usual_seconds

COMPARED = 30  # successful runs with whose durations a run is compared
STOPPED_AFTER = 5  # missing runs after which nobody expects another, if the job has not run for a week
WEEK = timedelta(days=7)
AIRFLOW = "airflow:"  # of the names of BigQuery jobs that a task runs (bigquery/job_name.py)


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that is late at `seen_at`: `run` is the run that takes too long, None if the due run has not started.

    `due` is the first run that has not started, and `missed` the number of such runs. `usual` is the usual duration
    in seconds, `expected_end` when the run is likely to end.
    """

    job: Job
    seen_at: datetime
    last_start: datetime
    due: DueRun | None = None
    missed: int = 0
    run: ShownRun | None = None
    usual: float | None = None
    expected_end: datetime | None = None

    @property
    def since(self) -> datetime:
        """The start of the fault: when the run was due, or when the usual duration had passed."""
        if self.run is None and self.due:
            return self.due.due_at
        start = self.run.start_at if self.run else self.seen_at
        return start + timedelta(seconds=self.usual or 0)


@dataclass(frozen=True, slots=True)
class Lateness:
    """The jobs that are late, of so many `jobs` that were compared with their past.

    `expected` is the number of jobs with a due run, or a run in the last day, by service and project.
    """

    jobs: int
    late: Sequence[LateJob]
    expected: Mapping[tuple[str, str], int]


def lateness(session: Session, now: datetime, zone: Localize) -> Lateness:
    """Compares every job that runs by itself with its past. `zone` localizes times of day."""
    known_until = read_until(session)
    starts = starts_of_jobs(session, now)
    running = _running(session, now)
    learned = {job: cadence for job, times in starts.items() if (cadence := learn(times, zone))}
    skipped = unscheduled_jobs(session) | _run_by_airflow(starts)
    late: list[LateJob] = []
    expected: defaultdict[tuple[str, str], int] = defaultdict(int)
    for job, cadence in learned.items():
        until = known_until.get(job[:2])
        if until is None or job in skipped:
            continue
        due = list(cadence.due_after(starts[job][-1], until))
        expected[job[:2]] += bool(due) or starts[job][-1] > until - timedelta(days=1)
        if job not in running and (found := _not_started(job, starts[job][-1], due, until)):
            late.append(found)
    late += _running_long(session, {job: run for job, run in running.items() if job not in skipped}, known_until, now)
    return Lateness(len(learned), sorted(late, key=lambda each: (each.since, each.job)), expected)


def latest_run(session: Session, job: Job, now: datetime) -> ShownRun | None:
    """The latest run of a job that started, in the last five weeks."""
    return next(iter(latest_runs(session, [job], now, most=1).get(job, [])), None)


def _not_started(job: Job, last: datetime, due: Sequence[DueRun], until: datetime) -> LateJob | None:
    """A job whose due run has not started; None if it may still start, or if nobody expects it any more."""
    missed = [each for each in due if each.late_at < until]
    if not missed or (len(missed) > STOPPED_AFTER and until - last > WEEK):
        return None
    return LateJob(job, until, last, missed[0], len(missed))


def _running_long(
    session: Session, running: Mapping[Job, ShownRun], known_until: Mapping[tuple[str, str], datetime], now: datetime
) -> list[LateJob]:
    """The runs that take longer than usual, by more than the durations of their job vary."""
    found = []
    for job, runs in latest_runs(session, running, now, most=COMPARED).items():
        run, until = running[job], known_until.get(job[:2])
        durations = [each.seconds or 0.0 for each in runs if each.state == "succeeded" and each.end_at]
        usual, limit = usual_seconds(durations), slow_limit(durations)
        if until is None:
            continue
        lasts = (until - run.start_at).total_seconds()
        if is_long(lasts, usual, limit):
            longer = [each for each in durations if each > lasts]
            end = run.start_at + timedelta(seconds=median(longer)) if longer else None
            found.append(LateJob(job, until, run.start_at, run=run, usual=usual, expected_end=end))
    return found


def _running(session: Session, now: datetime) -> dict[Job, ShownRun]:
    """The latest run of each job that has not ended."""
    columns = (*KEY, JobRun.run_id, JobRun.state, JobRun.start_at, JobRun.principal)
    query = select(*columns).where(UNFINISHED, *alone(now - WEEK, now)).order_by(JobRun.start_at)
    return {
        (service, project, name): ShownRun(run_id, state, start, None, principal, "")
        for service, project, name, run_id, state, start, principal in session.execute(query)
        if start
    }


def _run_by_airflow(jobs: Collection[Job]) -> frozenset[Job]:
    """BigQuery jobs of tasks whose DAG is among the jobs: the DAG is late, and they with it."""
    dags = {name for service, _, name in jobs if service == "airflow"}
    tasks = (job for job in jobs if job[0] == "bigquery" and job[2].startswith(AIRFLOW))
    return frozenset(job for job in tasks if not dags.isdisjoint(_possible_dags(job[2])))


def _possible_dags(name: str) -> set[str]:
    """The DAG of `airflow:dag.task` or `airflow:environment/dag.task`; both may contain dots, so that several are possible."""
    parts = name.removeprefix(AIRFLOW).rpartition("/")[2].split(".")
    return {".".join(parts[:number]) for number in range(1, len(parts))}
