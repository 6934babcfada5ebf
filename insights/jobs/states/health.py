"""The health of jobs. Lists, pages, lineage, timelines, the API and the command line all take it from here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from insights.cost.spending import Prices
from insights.jobs.cadence import LEAST_RUNS, OFTEN
from insights.jobs.figures import WEEK, JobFigures, figures, latest_durations
from insights.jobs.gaps import missing_runs
from insights.jobs.incidents import by_job
from insights.jobs.starts import Job
from insights.jobs.trends import LEAST_PAST
from insights.jobs.usual import Localize, is_long, running_limit, runs_often, slow_limit, usual_seconds
from shared.identity.late_jobs import LATE_RULES
from shared.identity.table_rules import TABLE_RULES
from shared.model import JobHealth
from shared.records import IncidentView

MOST_EXAMINED = 1_000  # jobs that may be missing, and the latest jobs, whose runs are read; others count as healthy
OF_NO_RUN = frozenset((*LATE_RULES, *TABLE_RULES))  # rules whose incidents say nothing of how a run ended
INTERVALS_UNTIL_STOPPED = 3


class KnownJobs:
    """Every job with a run in the last five weeks, or those of `jobs`, in figures.

    `unresolved` are the incidents of failed jobs: a job is failing from the first incident on, before a snapshot has
    the run. `incidents` has them by job.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        prices: Prices,
        jobs: Collection[Job] | None = None,
        unresolved: Iterable[IncidentView] = (),
    ) -> None:
        stored = figures(session, now, prices, jobs)
        self.incidents = by_job(unresolved, {each.job for each in stored})
        self.every = [_with_failures(each, self.incidents.get(each.job, ())) for each in stored]


class JobHealths:
    """`by_job` has the health of each of these jobs, `due` when the run of a missing job was due."""

    def __init__(self, session: Session, now: datetime, local: Localize, jobs: Sequence[JobFigures]) -> None:
        self._now = now
        scheduled = [each for each in jobs if not each.is_ad_hoc]
        late = [each.job for each in scheduled if self._may_be_missing(each) and not self._has_stopped(each)]
        missing = missing_runs(session, late[:MOST_EXAMINED], now, days=7, zone=local)
        last = {each.job: each.last_start for each in scheduled}
        since = {job: [time for time in times if time > last[job]] for job, times in missing.items()}
        self.due: Mapping[Job, datetime] = {job: min(times) for job, times in since.items() if times}
        recent = sorted(scheduled, key=lambda each: each.last_start, reverse=True)
        self._durations = latest_durations(session, [each.job for each in recent[:MOST_EXAMINED]], now)
        self.by_job: Mapping[Job, JobHealth] = {each.job: self._health(each) for each in jobs}

    def _may_be_missing(self, each: JobFigures) -> bool:
        """Whether the latest start is longer ago than the mean interval (twice that for a frequent job)."""
        is_frequent = (self._now - each.last_start) < 2 * OFTEN
        return not each.running_since and self._intervals_since(each) > (2 if is_frequent else 1)

    def _has_stopped(self, each: JobFigures) -> bool:
        """Whether no further run is expected: the latest start is a week and several intervals ago."""
        return self._now - each.last_start > WEEK and self._intervals_since(each) > INTERVALS_UNTIL_STOPPED

    def _intervals_since(self, each: JobFigures) -> float:
        """The mean intervals since the latest start; 0 for a job with too few runs."""
        length = each.last_start - each.first_start
        return (self._now - each.last_start) / length * (each.runs - 1) if each.runs >= LEAST_RUNS and length else 0.0

    def _health(self, each: JobFigures) -> JobHealth:
        if self._has_stopped(each) and not each.is_ad_hoc:
            return JobHealth.STOPPED
        if each.job in self.due:
            return JobHealth.FAILING if each.is_failing else JobHealth.MISSING
        if each.is_failing and not each.is_ad_hoc:
            return JobHealth.FAILING
        if each.running_since:
            return JobHealth.SLOW if self._runs_long(each) else JobHealth.RUNNING
        if each.runs < LEAST_PAST:
            return JobHealth.LEARNING
        durations = self._durations.get(each.job)
        state, seconds = durations[-1] if durations else ("", None)
        limit = slow_limit(self._good(each)) if state == "succeeded" else None
        return JobHealth.SLOW if limit and (seconds or 0) > limit else JobHealth.WELL

    def _runs_long(self, each: JobFigures) -> bool:
        """Whether the running run takes longer than usual, as `jobs/run_late` decides."""
        good, since = self._good(each), each.running_since
        limit = running_limit(good, often=runs_often(each.first_start, each.last_start, each.runs))
        return bool(since and is_long((self._now - since).total_seconds(), usual_seconds(good), limit))

    def _good(self, each: JobFigures) -> list[float]:
        """The durations in seconds of the latest successful runs, for the examined jobs."""
        return [
            seconds
            for state, seconds in self._durations.get(each.job, ())
            if state == "succeeded" and seconds is not None
        ]


def _with_failures(known: JobFigures, incidents: Iterable[IncidentView]) -> JobFigures:
    """The figures of a job, with a failure that only its incidents show."""
    failures = [each.last_seen_at for each in incidents if each.rule not in OF_NO_RUN]
    last = max(failures, default=None)
    if last is None or (known.last_end and last <= known.last_end):
        return known
    ended = known.running_since is None or known.running_since <= last
    return replace(
        known,
        failed_at=last,
        last_start=max(known.last_start, min(last, known.running_since or last)),
        running_since=None if ended else known.running_since,
    )
