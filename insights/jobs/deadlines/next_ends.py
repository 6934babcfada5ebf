"""The deadlines of current runs and of runs due within a day, and whether the runs will meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from heapq import nsmallest
from statistics import median

from insights.jobs.cadence import Cadence
from insights.jobs.deadlines.declared import is_met
from insights.jobs.deadlines.prediction import ObservedJob, RunHistory
from insights.jobs.deadlines.usual_end import likely_end
from insights.jobs.due_run import DAY, DueRun
from insights.jobs.expectations import JobExpectation
from insights.jobs.late_job import LateJob
from insights.jobs.starts import Job
from shared.history import DeadlineState, JobDeadlineRow
from shared.lazy.dataclass import dataclass
from shared.model import JobState

MOST = 200  # deadlines that are examined, the next ones


@dataclass(frozen=True, slots=True)
class NextEnds:
    """The cadences of the jobs, including those that a declared end overrides, and their runs."""

    now: datetime
    cadences: Mapping[Job, Cadence]
    expectations: Mapping[Job, JobExpectation]
    history: RunHistory
    zone: tzinfo

    def of(self, judged: Sequence[ObservedJob], late: Mapping[Job, LateJob]) -> list[JobDeadlineRow]:
        """The next deadline of each job that has one, the next one first; of late jobs also a past one."""
        candidates = [
            (time, each)
            for each in judged
            if each.job not in late and (time := self._next_time(each)) and time < each.until + DAY
        ]
        chosen = [each for _, each in nsmallest(MOST, candidates, key=_time)]
        self.history.read([each.job for each in chosen])
        found = [row for each in chosen if (row := self._row(each))]
        found += [row for one in late.values() if (row := self._late_row(one))]
        return sorted(found, key=_order)

    def _next_time(self, each: ObservedJob) -> datetime | None:
        """The time of the declared deadline or of the next start; None without times."""
        expected, cadence = self.expectations.get(each.job), self.cadences.get(each.job)
        if expected is not None and expected.finish_by:
            return next(expected.deadlines(each.until, each.until + DAY, self.zone), None)
        if expected is not None or cadence is None or cadence.interval:
            return None
        if each.running:
            return each.until
        due = next(cadence.due_after(each.starts[-1], each.until + DAY), None)
        return due.due_at if due else None

    def _row(self, each: ObservedJob) -> JobDeadlineRow | None:
        expected = self.expectations.get(each.job)
        if expected is not None:
            return self._declared(each, expected)
        due = self.history.due_run(each, DAY)
        return self._learned(each, due) if due else None

    def _learned(self, each: ObservedJob, due: DueRun) -> JobDeadlineRow | None:
        start = max(due.due_at, each.until)
        known = self.history.end_of(each, None if each.running else start, DAY)
        if known is None:
            return self._learning(each, due)
        usual, chance, end = known
        return replace(
            self._empty(each),
            order_at=usual.latest,
            state=DeadlineState.ON_TIME,
            due_at=due.due_at,
            usual_end=usual.usual,
            deadline_at=usual.latest,
            expected_end=end if each.running or start > due.due_at else usual.usual,
            chance=round(chance, 3),
            runs=usual.runs,
        )

    def _learning(self, each: ObservedJob, due: DueRun) -> JobDeadlineRow:
        """The row of a job with too few runs at this time of day; its end is estimated from these runs."""
        past = self.history.ends_at(each, due)
        start = each.running.start_at if each.running else max(due.due_at, each.until)
        lasts = timedelta(seconds=median(end.seconds for end in past)) if past else timedelta(0)
        end = max(start + lasts, each.until) if past else None
        return replace(
            self._empty(each), order_at=end or due.due_at, due_at=due.due_at, expected_end=end, runs=len(past)
        )

    def _declared(self, each: ObservedJob, expected: JobExpectation) -> JobDeadlineRow | None:
        """The row of a job with a declared end; None if a run has already succeeded for this deadline."""
        runs = self.history.runs(each.job)
        ends = [run.end_at for run in runs if run.state == JobState.SUCCEEDED and run.end_at]
        deadlines = expected.deadlines(each.until, each.until + DAY, self.zone)
        deadline = next((one for one in deadlines if not is_met(expected, one, ends, self.zone)), None)
        if deadline is None:
            return None
        due, usual = self.history.due_run(each, DAY), None
        if due and (known := self.history.end_of(each, max(due.due_at, each.until), DAY)):
            usual = known[0].usual
        running = each.running
        end = likely_end(running.start_at, each.until, self.history.durations(each.job)) if running else usual
        return replace(
            self._empty(each),
            order_at=deadline,
            state=DeadlineState.ON_TIME if end else DeadlineState.LEARNING,
            is_declared=True,
            due_at=due.due_at if due else None,
            usual_end=usual,
            deadline_at=deadline,
            expected_end=end and max(end, each.until),
            runs=len(self.history.ends_at(each, due)) if due else 0,
        )

    def _empty(self, each: ObservedJob) -> JobDeadlineRow:
        """A row without times, which the caller fills."""
        state = DeadlineState.LEARNING
        return JobDeadlineRow(*each.job, each.until, state, each.until, self.now, is_running=bool(each.running))

    def _late_row(self, late: LateJob) -> JobDeadlineRow | None:
        """The row of a late job; None if its deadline is unknown."""
        if late.by is None:
            return None
        usual = late.usual_end
        due = late.due or (usual.due if usual else None)
        return JobDeadlineRow(
            *late.job,
            order_at=late.by,
            state=DeadlineState.LATE,
            known_until=late.seen_at,
            seen_at=self.now,
            is_running=late.run is not None,
            is_declared=late.deadline is not None,
            due_at=due.due_at if due else None,
            usual_end=usual.usual if usual else None,
            deadline_at=late.by,
            expected_end=late.expected_end,
            chance=None if late.chance is None else round(late.chance, 3),
            runs=usual.runs if usual else 0,
        )


def _time(candidate: tuple[datetime, ObservedJob]) -> datetime:
    return candidate[0]


def _order(row: JobDeadlineRow) -> tuple[datetime, str, str, str]:
    return row.order_at, row.service, row.project, row.job_name
