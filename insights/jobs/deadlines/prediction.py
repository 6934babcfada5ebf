"""Predicts which runs will end later than usual: running jobs, jobs that have not started, and jobs that wait for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.cadence import Cadence
from insights.jobs.deadlines.critical_path import (
    Graph,
    UpstreamRun,
    critical_path,
    downstream_of,
    starts_after,
    upstream_of,
    usual_wait,
)
from insights.jobs.deadlines.usual_end import (
    LONGEST_RUN,
    RunEnd,
    StartedRun,
    UsualEnd,
    chance_of_late,
    ends_at_time,
    ends_of_kind,
    likely_end,
    run_ends,
    usual_end,
)
from insights.jobs.due_run import DAY, HOUR, DueRun, Localize
from insights.jobs.figures import ShownRun, latest_runs
from insights.jobs.late_job import LateJob
from insights.jobs.starts import KEY, Job
from shared.lazy.dataclass import dataclass
from shared.model import JobState

COMPARED = 40  # latest runs of a job with which a run is compared
AHEAD = 12 * HOUR  # a run that is due later is not examined
LIKELY = 0.5  # chance from which a late end is looked at


@dataclass(frozen=True, slots=True)
class ObservedJob:
    """A job with the starts of its runs, oldest first, the time until which they are known, and its current run."""

    job: Job
    starts: Sequence[datetime]
    until: datetime
    running: ShownRun | None


class RunHistory:
    """The latest runs of jobs and the ends of their due runs, each read once. `cadences` are the learned cadences."""

    def __init__(self, session: Session, now: datetime, cadences: Mapping[Job, Cadence], local: Localize) -> None:
        self._session, self._now, self._cadences, self._local = session, now, cadences, local
        self._runs: dict[Job, list[ShownRun]] = {}
        self._ends: dict[Job, list[RunEnd]] = {}

    def read(self, jobs: Collection[Job]) -> None:
        """Reads the runs of these jobs in one query."""
        missing = [job for job in jobs if job not in self._runs]
        latest = latest_runs(self._session, missing, self._now, most=COMPARED)
        self._runs |= {job: latest.get(job, []) for job in missing}

    def runs(self, job: Job) -> Sequence[ShownRun]:
        """The latest runs of a job, oldest first."""
        self.read([job])
        return self._runs[job]

    def durations(self, job: Job) -> list[float]:
        """The durations of the successful runs of a job, in seconds."""
        return [run.seconds or 0.0 for run in self.runs(job) if run.state == JobState.SUCCEEDED and run.end_at]

    def ends(self, job: Job) -> Sequence[RunEnd]:
        """The ends of the due runs of a job, oldest first."""
        if job not in self._ends:
            past = [StartedRun(run.start_at, run.end_at, run.state == JobState.SUCCEEDED) for run in self.runs(job)]
            cadence = self._cadences.get(job)
            self._ends[job] = run_ends(cadence, past, self._now) if cadence else []
        return self._ends[job]

    def end_of(
        self, each: ObservedJob, start_by: datetime | None = None, ahead: timedelta = AHEAD
    ) -> tuple[UsualEnd, float, datetime] | None:
        """The usual end of the current or next run, the chance of a later end, and the likely end.

        `start_by` is the likely start of a run that has not started. None if the usual end or duration is unknown.
        """
        ends, due = self.ends(each.job), self.due_run(each, ahead)
        usual = usual_end(due, ends, self._local) if due else None
        seconds = [end.seconds for end in ends_of_kind(due, ends, self._local)] if due else []
        if usual is None or not seconds:
            return None
        if each.running is None:
            start = max(each.until, start_by or each.until)
            chance = chance_of_late(start, start, usual.latest, seconds)
            end: datetime | None = start + timedelta(seconds=median(seconds))
        else:
            killed = [run.seconds for run in self.runs(each.job) if run.state == JobState.CANCELLED and run.seconds]
            chance = chance_of_late(each.running.start_at, each.until, usual.latest, seconds, killed)
            end = likely_end(each.running.start_at, each.until, seconds)
        return (usual, chance, end or each.until) if chance is not None else None

    def due_run(self, each: ObservedJob, ahead: timedelta = AHEAD) -> DueRun | None:
        """The due run that runs now, or that is due next within `ahead`; None if the job has no times, or has ended well."""
        cadence = self._cadences.get(each.job)
        return self._due(each, cadence, ahead) if cadence and not cadence.interval else None

    def ends_at(self, each: ObservedJob, due: DueRun) -> list[RunEnd]:
        """The ends of earlier runs at the time of day of a due run."""
        return ends_at_time(due, self.ends(each.job), self._local)

    def with_cadences(self, cadences: Mapping[Job, Cadence]) -> RunHistory:
        """The same runs, for jobs with these cadences."""
        other = RunHistory(self._session, self._now, cadences, self._local)
        other._runs = self._runs
        return other

    def _due(self, each: ObservedJob, cadence: Cadence, ahead: timedelta) -> DueRun | None:
        """The due run that the running run belongs to, or the next one that has not started; None if it has ended well."""
        if each.running is None:
            following = next(iter(cadence.due_after(each.starts[-1], each.until + ahead)), None)
            return following if following and following.due_at > each.until - LONGEST_RUN else None
        start = each.running.start_at
        due = list(cadence.due_after(start - 2 * DAY, start + 2 * HOUR))
        own = next((one for one in reversed(due) if start - LONGEST_RUN < one.due_at <= start + _early(one)), None)
        return own if own and all(end.due_at != own.due_at for end in self.ends(each.job)) else None


def predicted(each: ObservedJob, history: RunHistory, start_by: datetime | None = None) -> LateJob | None:
    """The late job, if its run will probably end later than usual."""
    prediction = history.end_of(each, start_by)
    if prediction is None or prediction[1] < LIKELY:
        return None
    usual, chance, end = prediction
    return LateJob(
        each.job,
        each.until,
        each.starts[-1],
        run=each.running,
        usual_end=usual,
        chance=chance,
        expected_end=max(end, usual.latest),
    )


def _chance(late: LateJob | None) -> float:
    """The chance of being late: 1, or less for a job that is late only by its predicted end."""
    return late.chance or 0.0 if late is not None and late.is_predicted else 1.0


class WaitingJobs:
    """The jobs that wait for upstream runs, known from the tables that they read and from their earlier starts."""

    def __init__(self, graph: Graph, history: RunHistory, observed: Mapping[Job, ObservedJob]) -> None:
        self._graph, self._history, self._observed = graph, history, observed

    def held_up(self, late: Mapping[Job, LateJob], failed: Collection[Job]) -> dict[Job, LateJob]:
        """The late jobs with the upstream runs that delay them, and the jobs that will be late because they wait for them."""
        unfinished = {job: _unfinished(each) for job, each in late.items()}
        unfinished |= {job: UpstreamRun(job, "failed") for job in failed if job not in late}
        waiting = [job for job in downstream_of(self._graph, unfinished) if job in self._observed]
        self._history.read({*late, *waiting, *(unfinished.keys() & self._observed.keys())})
        delayed = dict(late)
        for job in waiting:
            if job not in delayed and (each := self._late_by_upstream(self._observed[job], unfinished, delayed)):
                delayed[job] = each
                unfinished[job] = UpstreamRun(job, "waiting", each.expected_end)
        unfinished |= self._running(delayed, unfinished)
        habitual = self._habitual({*delayed, *unfinished})
        return {
            job: each if each.is_long else replace(each, path=critical_path(habitual, job, unfinished))
            for job, each in delayed.items()
        }

    def _late_by_upstream(
        self, each: ObservedJob, unfinished: Mapping[Job, UpstreamRun], late: Mapping[Job, LateJob]
    ) -> LateJob | None:
        """The job if it will probably be late because of an upstream job, which itself may be late by chance."""
        if each.running is not None:
            return None
        starts = []
        for above in sorted(self._graph.get(each.job, frozenset()) & unfinished.keys()):
            wait = usual_wait(self._history.ends(each.job), self._history.ends(above))
            if wait is not None:
                starts.append(((unfinished[above].expected_end or each.until) + wait, _chance(late.get(above))))
        start, of_above = max(starts, default=(None, 0.0))
        found = predicted(each, self._history, start) if start else None
        chance = (found.chance or 0.0) * of_above if found else 0.0
        return replace(found, chance=chance) if found and chance >= LIKELY else None

    def _running(self, late: Collection[Job], known: Collection[Job]) -> dict[Job, UpstreamRun]:
        """The runs of upstream jobs that still run and are not late themselves."""
        above = [
            each
            for job in upstream_of(self._graph, late)
            if job not in known and (each := self._observed.get(job)) and each.running
        ]
        self._history.read([each.job for each in above])
        return {each.job: UpstreamRun(each.job, "running", self._end(each)) for each in above}

    def _end(self, each: ObservedJob) -> datetime | None:
        return (
            likely_end(each.running.start_at, each.until, self._history.durations(each.job)) if each.running else None
        )

    def _habitual(self, jobs: Collection[Job]) -> Graph:
        """The upstream jobs that each of these jobs usually waits for, by its past runs."""
        return {
            job: frozenset(
                above
                for above in self._graph.get(job, frozenset()) & set(jobs)
                if starts_after(self._history.ends(job), self._history.ends(above))
            )
            for job in jobs
        }


def failed_jobs(session: Session, observed: Mapping[Job, ObservedJob], now: datetime) -> set[Job]:
    """The jobs whose latest run failed in the last hours."""
    failed = JobRun.state == JobState.FAILED, JobRun.parent == "", JobRun.start_at >= now - AHEAD, JobRun.start_at < now
    query = select(*KEY, func.max(JobRun.start_at)).where(*failed).group_by(*KEY)
    delayed = {(service, project, name): start for service, project, name, start in session.execute(query)}
    return {job for job, start in delayed.items() if start and job in observed and start >= observed[job].starts[-1]}


def _unfinished(late: LateJob) -> UpstreamRun:
    return UpstreamRun(late.job, "running" if late.run else "not started", late.expected_end)


def _early(due: DueRun) -> timedelta:
    return min(due.late_at - due.due_at, 2 * HOUR)
