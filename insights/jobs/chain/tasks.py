"""The tasks of a DAG run on a timeline: attempts, states, what is usual for each, and the critical path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.chain.critical import TOLERANCE, Deciders, TimedRun, path_to
from insights.jobs.chain.model import EXPECTED, MOST_BARS, Timeline, TimelineBar, TimelineRow, path_steps
from insights.jobs.one_job import RunDetails
from insights.jobs.starts import Job
from shared.lazy.dataclass import dataclass
from shared.model import JobState

MOST_TASKS = 1_000  # task instances that are read
MOST_ROWS = 60  # tasks that are shown
EARLIER_RUNS, MOST_EARLIER = 8, 4_000  # successful runs from which the usual times are learned, and their tasks
LEAST_RUNS = 3  # from which something is usual
USUALLY = 0.9  # share of the runs in which a task started after the end of another one
Failures = Mapping[str, Sequence[datetime]]  # the failed attempts of each task, by its name with the DAG


@dataclass(slots=True)
class EarlierTasks:
    """The start and the end of each task in earlier runs, as time after the start of the run, by run."""

    times: dict[str, dict[str, tuple[timedelta, timedelta]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, task: str, run: str, start: timedelta, end: timedelta) -> None:
        """Adds an instance; a mapped task lasts from its first to its last instance."""
        first, last = self.times[task].get(run, (start, end))
        self.times[task][run] = min(first, start), max(last, end)

    def usual(self, task: str) -> tuple[timedelta, timedelta] | None:
        """The usual start and duration of a task; None with too few runs."""
        periods = list(self.times.get(task, {}).values())
        if len(periods) < LEAST_RUNS:
            return None
        seconds = ((start.total_seconds(), (end - start).total_seconds()) for start, end in periods)
        start, lasts = (timedelta(seconds=median(each)) for each in zip(*seconds, strict=True))
        return start, lasts

    def predecessors(self, task: str) -> Iterator[str]:
        """The tasks that had nearly always ended when a task started. The order of tasks is declared in the code of the DAG only."""
        own = self.times.get(task, {})
        for other, runs in self.times.items():
            both = runs.keys() & own.keys()
            after = sum(runs[run][1] <= own[run][0] + TOLERANCE for run in both)
            if other != task and len(both) >= LEAST_RUNS and after >= USUALLY * len(both):
                yield other


def tasks_of_run(
    session: Session, job: Job, run: RunDetails, now: datetime, failures: Failures | None = None
) -> Timeline | None:
    """The tasks of a DAG run; None for a run without tasks. `failures` are the failed attempts that incidents know."""
    tasks, count = _tasks(session, job, run)
    if not tasks:
        return None
    earlier = _earlier(session, job, run)
    by_task: defaultdict[str, list[Any]] = defaultdict(list)
    for each in tasks:
        by_task[each.job_name].append(each)
    names = [*by_task, *(name for name in _missing(earlier, by_task))]
    rows = [
        _row(job, name, by_task[name], _Moment(run, now, earlier, (failures or {}).get(name, ()))) for name in names
    ]
    timed = [bar.timed(row.job[2]) for row in rows for bar in row.bars]
    path = _path(timed, earlier)
    marked = _marked(rows, {each.key for each in path})
    shown = sorted(marked, key=_urgency)[:MOST_ROWS]
    left_out = len(rows) - len(shown) + max(count - len(tasks), 0)
    return Timeline(sorted(shown, key=_order), path_steps(path, marked), left_out)


def _path(timed: Sequence[TimedRun], earlier: EarlierTasks) -> list[TimedRun]:
    """The critical path of the task that ends last. Without earlier runs, a task may have waited for any other one."""
    if not timed:
        return []
    every = {each.job for each in timed}

    def predecessors(task: str) -> Iterable[str]:
        return earlier.predecessors(task) if len(earlier.times.get(task, ())) >= LEAST_RUNS else every

    return path_to(max(timed, key=lambda each: (each.end, each.start, each.key)), Deciders(timed, predecessors))


def _tasks(session: Session, job: Job, run: RunDetails) -> tuple[Sequence[Any], int]:
    """The task instances of a run, earliest first, at most MOST_TASKS, and their number."""
    service, project, _ = job
    columns = JobRun.run_id, JobRun.job_name, JobRun.state, JobRun.start_at, JobRun.end_at, JobRun.attempt
    query = select(*columns, func.count().over().label("number")).where(
        JobRun.parent != "", JobRun.parent == run.run_id, JobRun.service == service, JobRun.project == project
    )
    rows = session.execute(
        query.order_by(JobRun.start_at.is_(None), JobRun.start_at, JobRun.run_id).limit(MOST_TASKS)
    ).all()
    return rows, rows[0].number if rows else 0


def _earlier(session: Session, job: Job, run: RunDetails) -> EarlierTasks:
    """The tasks of the latest successful runs before a run."""
    service, project, name = job
    before = select(JobRun.run_id, JobRun.start_at).where(
        JobRun.service == service, JobRun.project == project, JobRun.job_name == name,
        JobRun.start_at < run.start_at, JobRun.state == JobState.SUCCEEDED,
    )  # fmt: skip
    starts = {
        each: start
        for each, start in session.execute(before.order_by(JobRun.start_at.desc()).limit(EARLIER_RUNS))
        if start
    }
    tasks = EarlierTasks()
    if not starts:
        return tasks
    query = select(JobRun.parent, JobRun.job_name, JobRun.start_at, JobRun.end_at).where(
        JobRun.parent != "", JobRun.parent.in_(sorted(starts)), JobRun.service == service, JobRun.project == project,
        JobRun.start_at.is_not(None), JobRun.end_at.is_not(None),
    )  # fmt: skip
    for parent, task, start, end in session.execute(query.limit(MOST_EARLIER)):
        if start and end:
            tasks.add(task, parent, start - starts[parent], end - starts[parent])
    return tasks


def _missing(earlier: EarlierTasks, present: Mapping[str, Any]) -> Iterator[str]:
    """The tasks that most earlier runs had, and this one has not."""
    runs = {run for times in earlier.times.values() for run in times}
    for task, times in earlier.times.items():
        if task not in present and len(times) >= max(LEAST_RUNS, len(runs) / 2):
            yield task


@dataclass(frozen=True, slots=True)
class _Moment:
    """The known facts about one task of a run."""

    run: RunDetails
    now: datetime
    earlier: EarlierTasks
    failed_at: Sequence[datetime]


def _row(job: Job, task: str, instances: Sequence[Any], moment: _Moment) -> TimelineRow:
    usual = moment.earlier.usual(task)
    bars = [_bar(each, usual, moment) for each in instances if each.start_at][-MOST_BARS:]
    states = [each.state for each in instances]
    state = next((each for each in ("failed", "running") if each in states), states[-1] if states else "")
    if not bars and usual and not moment.run.end_at and state in ("", "queued"):
        start = max(moment.run.start_at + usual[0], moment.now)
        bars = [TimelineBar(f"{EXPECTED}/{task}", EXPECTED, start, None, start + usual[1])]
    window = (moment.run.start_at + usual[0], moment.run.start_at + sum(usual, timedelta())) if usual else None
    shown = state or (EXPECTED if bars else "missing")
    return TimelineRow((job[0], job[1], task), task.removeprefix(f"{job[2]}."), shown, bars, window)


def _bar(instance: Any, usual: tuple[timedelta, timedelta] | None, moment: _Moment) -> TimelineBar:
    end = instance.end_at
    until = end or max(instance.start_at + (usual[1] if usual else timedelta()), moment.now)
    # An attempt that failed after the start of this one is this attempt itself.
    failed = [each for each in moment.failed_at if each < instance.start_at] if instance.attempt > 1 else []
    return TimelineBar(instance.run_id, instance.state, instance.start_at, end, until, instance.attempt, failed)


def _marked(rows: Iterable[TimelineRow], keys: set[str]) -> list[TimelineRow]:
    """The rows, with the runs of the critical path marked."""
    return [
        replace(row, bars=[replace(bar, is_critical=bar.key in keys) for bar in row.bars]) if row.bars else row
        for row in rows
    ]


def _urgency(row: TimelineRow) -> tuple[bool, bool, float]:
    """The critical path first, then what failed or is running, then the longest tasks."""
    seconds = max(((bar.until - bar.start).total_seconds() for bar in row.bars), default=0.0)
    return not row.is_critical, row.state not in {"failed", "running"}, -seconds


def _order(row: TimelineRow) -> tuple[bool, Any, str]:
    first = row.bars[0].start if row.bars else row.usual[0] if row.usual else None
    return first is None, first and first.timestamp(), row.name
