"""Which jobs are late now: jobs that have not started, will not end by their usual time, or run longer than usual.

No configuration is needed: each job is compared with its own last weeks, unless people or reports declare an
expectation. A job is judged as of the latest snapshot of its collector, so that a delayed collector makes no job late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from db.schema_db.models.jobs import UNFINISHED
from insights.jobs.cadence import Cadence, learn, refined
from insights.jobs.deadlines.critical_path import upstream_jobs
from insights.jobs.deadlines.declared import is_met
from insights.jobs.deadlines.next_ends import NextEnds
from insights.jobs.deadlines.prediction import ObservedJob, RunHistory, WaitingJobs, failed_jobs, predicted
from insights.jobs.deadlines.usual_end import likely_end
from insights.jobs.declared.starts import DeclaredStarts, as_declared, declared_starts
from insights.jobs.due_run import DueRun, Localize
from insights.jobs.expectations import IsOff, JobExpectation, reported_expectations, with_days_off
from insights.jobs.figures import ShownRun, latest_runs
from insights.jobs.gaps import unscheduled_jobs
from insights.jobs.late_job import LateJob
from insights.jobs.starts import KEY, Job, alone, frequent_starts, read_until, starts_of_jobs
from insights.jobs.usual import is_long, running_limit, runs_often, usual_seconds
from shared.history import JobDeadlineRow
from shared.identity.airflow_jobs import QUERIES_OF, possible_dags
from shared.identity.reported_run import SERVICE as REPORTED
from shared.lazy.dataclass import dataclass

STOPPED_AFTER = 5  # missing runs after which nobody expects another, if the job has not run for a week
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def _nothing_expected(_job: Job) -> JobExpectation | None:
    return None


@dataclass(frozen=True, slots=True)
class JobCalendar:
    """The time zone of jobs, and the expectations of people.

    `local` converts times to `zone`; `expected` returns the declared expectation of a job, and `is_off` whether a day
    is off for working-day jobs.
    """

    local: Localize
    zone: tzinfo = UTC
    expected: Callable[[Job], JobExpectation | None] = field(default=_nothing_expected)
    is_off: IsOff | None = None


@dataclass(frozen=True, slots=True)
class Lateness:
    """The late jobs, and the number of `jobs` that were compared with their past or with their expectation.

    `started` is the latest start of each job that is not late, by service and project, earliest first; `deadlines` are
    the next deadlines of the jobs, including late jobs.
    """

    jobs: int
    late: Sequence[LateJob]
    started: Mapping[tuple[str, str], Sequence[datetime]]
    deadlines: Sequence[JobDeadlineRow] = ()


def lateness(session: Session, now: datetime, calendar: JobCalendar) -> Lateness:
    """Compares every scheduled job with its past and with its expectation."""
    known_until = read_until(session)
    starts = starts_of_jobs(session, now)
    running = _running(session, now)
    expectations = _expectations(session, starts, calendar, now)
    cadences = _cadences(starts, frequent_starts(session, now), expectations, calendar, declared_starts(session))
    skipped = unscheduled_jobs(session) | _run_by_airflow(starts)
    skipped |= {job for job, expected in expectations.items() if expected.ignored}
    judged = [
        ObservedJob(job, times, known_until[job[:2]], running.get(job))
        for job, times in starts.items()
        if job[:2] in known_until and job not in skipped
    ]
    learned = {job: cadence for job, cadence in cadences.items() if job not in expectations}
    history = RunHistory(session, now, learned, calendar.local)
    late: dict[Job, LateJob] = {}
    pending: list[Job] = []
    for each in judged:
        cadence = cadences.get(each.job)
        if cadence is None:
            continue
        due = list(cadence.due_after(each.starts[-1], each.until))
        waits = each.running and not _overlaps(each, cadence, history)
        found = _started_late(each, cadence) if waits else _not_started(each, due)
        if found:
            late[each.job] = found
        elif due and not cadence.interval and due[0].late_at >= each.until:
            pending.append(each.job)
    late = _with_ends(judged, expectations, (late, pending), history, calendar.zone)
    observed = {each.job: each for each in judged}
    failed = failed_jobs(session, observed, now)
    if late or failed:
        graph = upstream_jobs(session, now, possible_dags)
        late = WaitingJobs(graph, history, observed).held_up(late, failed)
    finish_by = {job: learn(starts[job], calendar.local) for job, one in expectations.items() if one.finish_by}
    known = learned | {job: cadence for job, cadence in finish_by.items() if cadence}
    ends = NextEnds(now, known, expectations, history.with_cadences(known), calendar.zone)
    return Lateness(
        len(cadences.keys() | expectations.keys()),
        sorted(late.values(), key=lambda each: (each.since, each.job)),
        _started(judged, cadences, late),
        ends.of(judged, late),
    )


def _started(
    judged: Sequence[ObservedJob], cadences: Collection[Job], late: Collection[Job]
) -> dict[tuple[str, str], list[datetime]]:
    """The latest start of each job with a cadence that is not late, by service and project, earliest first."""
    starts: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for each in judged:
        if each.job in cadences and each.job not in late:
            starts[each.job[:2]].append(each.starts[-1])
    return {place: sorted(times) for place, times in starts.items()}


def latest_run(session: Session, job: Job, now: datetime) -> ShownRun | None:
    """The latest started run of a job in the last five weeks."""
    return next(iter(latest_runs(session, [job], now, most=1).get(job, [])), None)


def _expectations(
    session: Session, jobs: Collection[Job], calendar: JobCalendar, now: datetime
) -> dict[Job, JobExpectation]:
    """The expectations of jobs: declared by people, otherwise by the reports of a job."""
    declared = {job: expected for job in jobs if (expected := calendar.expected(job))}
    return reported_expectations(session, now) | declared


def _cadences(
    starts: Mapping[Job, Sequence[datetime]],
    frequent: Mapping[Job, Sequence[datetime]],
    expectations: Mapping[Job, JobExpectation],
    calendar: JobCalendar,
    scheduled: Mapping[Job, DeclaredStarts],
) -> dict[Job, Cadence]:
    """The cadence of each job: the expected one, otherwise that of its scheduler, otherwise the learned one.

    An expected end replaces the learned cadence too.
    """
    found: dict[Job, Cadence] = {}
    for job, times in starts.items():
        expected = expectations.get(job)
        if expected is not None:
            if cadence := expected.cadence(calendar.local):
                found[job] = cadence
            continue
        schedule = scheduled.get(job)
        cadence = learn(times, schedule.local if schedule else calendar.local)
        if cadence:
            cadence = with_days_off(refined(cadence, frequent.get(job, ())), calendar.is_off)
        if schedule:
            cadence = as_declared(cadence, schedule)
        if cadence:
            found[job] = cadence
    return found


def _overlaps(each: ObservedJob, cadence: Cadence, history: RunHistory) -> bool:
    """Whether runs of a job usually start before the previous run has ended, so that a running run delays no other."""
    usual = usual_seconds(history.durations(each.job)) if cadence.interval else None
    return usual is not None and cadence.interval is not None and usual > cadence.interval.total_seconds()


def _not_started(each: ObservedJob, due: Sequence[DueRun]) -> LateJob | None:
    """The late job if its due run has not started; None if it may still start, or is no longer expected."""
    missed = [one for one in due if one.late_at < each.until]
    last = each.starts[-1]
    if not missed or (len(missed) > STOPPED_AFTER and each.until - last > WEEK):
        return None
    return LateJob(each.job, each.until, last, missed[0], len(missed))


def _started_late(each: ObservedJob, cadence: Cadence) -> LateJob | None:
    """The late job if its run started later than usual and still runs, so that it will not end by its usual time."""
    run = each.running
    if run is None or cadence.interval or len(each.starts) < 2 or cadence.is_due(run.start_at):
        return None
    before = max((start for start in each.starts if start < run.start_at - timedelta(hours=1)), default=None)
    missed = [one for one in cadence.due_after(before, run.start_at) if one.late_at < run.start_at] if before else []
    return LateJob(each.job, each.until, run.start_at, missed[-1], 1, run) if missed else None


def _with_ends(
    judged: Sequence[ObservedJob],
    expectations: Mapping[Job, JobExpectation],
    by_start: tuple[Mapping[Job, LateJob], Collection[Job]],
    history: RunHistory,
    zone: tzinfo,
) -> dict[Job, LateJob]:
    """The late jobs with their likely ends, and the jobs that are late only for that reason.

    `by_start` are the jobs that are late by their starts, and those with a due run that may still start.
    """
    late, pending = by_start
    examined = [
        each
        for each in judged
        if each.running
        or each.job in late
        or each.job in pending
        or (each.job in expectations and expectations[each.job].finish_by)
    ]
    history.read([each.job for each in examined])
    late_jobs = dict(late)
    for each in examined:
        durations, expected = history.durations(each.job), expectations.get(each.job)
        one = _past_deadline(each, expected, history.runs(each.job), durations, zone) if expected else None
        one = one or _running_long(each, history.runs(each.job), durations) or late_jobs.get(each.job)
        ahead = predicted(each, history) if expected is None else None
        if one is None:
            one = ahead
        elif ahead:
            one = replace(one, usual_end=ahead.usual_end, chance=ahead.chance)
        if one is not None:
            late_jobs[each.job] = _with_end(one, durations, is_expected=expected is not None)
    return late_jobs


def _with_end(late: LateJob, durations: Sequence[float], *, is_expected: bool) -> LateJob:
    """The late job with its usual duration and the likely end of its run."""
    end = late.expected_end
    if end is None and late.run is not None and (late.due or late.deadline):
        end = likely_end(late.run.start_at, late.seen_at, durations)
    elif end is None and late.run is None and (usual := usual_seconds(durations)):
        end = late.seen_at + timedelta(seconds=usual)
    return replace(late, usual=usual_seconds(durations), expected_end=end, is_expected=is_expected)


def _running_long(each: ObservedJob, runs: Sequence[ShownRun], durations: Sequence[float]) -> LateJob | None:
    """The late job if its run takes longer than usual, beyond the usual variation."""
    often = bool(runs) and runs_often(runs[0].start_at, runs[-1].start_at, len(runs))
    run, usual, limit = each.running, usual_seconds(durations), running_limit(durations, often=often)
    if run is None or not is_long((each.until - run.start_at).total_seconds(), usual, limit):
        return None
    end = likely_end(run.start_at, each.until, durations)
    return LateJob(each.job, each.until, run.start_at, run=run, usual=usual, expected_end=end, is_long=True)


def _past_deadline(
    each: ObservedJob, expected: JobExpectation, runs: Sequence[ShownRun], durations: Sequence[float], zone: tzinfo
) -> LateJob | None:
    """The late job if no run succeeded in the day before its latest deadline, or none will by the next one."""
    grace = expected.grace or timedelta(0)
    ends = [run.end_at for run in runs if run.state == "succeeded" and run.end_at]
    usual, first = usual_seconds(durations), each.starts[0]
    for deadline in expected.deadlines(each.until - DAY, each.until + DAY, zone):
        if first > deadline or is_met(expected, deadline, ends, zone):
            continue
        run = each.running if each.running and each.running.start_at > deadline - DAY else None
        end = likely_end(run.start_at, each.until, durations) if run else None
        if run is None and usual is not None:
            end = each.until + timedelta(seconds=usual)
        if each.until > deadline + grace or (end is not None and end > deadline + grace):
            return LateJob(
                each.job, each.until, each.starts[-1], run=run, usual=usual, expected_end=end, deadline=deadline
            )
    return None


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
    """The BigQuery jobs of tasks whose DAG is among the jobs, because the DAG is late together with them.

    So are reports about a DAG (`environment/dag`) whose runs are read from that Airflow too.
    """
    dags = {name for service, _, name in jobs if service == "airflow"}
    tasks = (job for job in jobs if job[0] == "bigquery" and job[2].startswith(QUERIES_OF))
    read = {f"{environment}/{name}" for service, environment, name in jobs if service == "airflow"}
    reported = (job for job in jobs if job[0] == REPORTED and job[2] in read)
    return frozenset((*reported, *(job for job in tasks if not dags.isdisjoint(possible_dags(job[2])))))
