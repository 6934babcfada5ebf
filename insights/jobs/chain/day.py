"""The chain of a day: the runs of a job and of the jobs upstream and downstream, on one axis of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.chain.critical import Deciders, TimedRun, paths_through
from insights.jobs.chain.job_status import JobStatus
from insights.jobs.chain.lineage import Direction, Lineage
from insights.jobs.chain.model import EXPECTED, MOST_BARS, Timeline, TimelineBar, TimelineRow, path_steps
from insights.jobs.starts import KEY, Job

EVENING = timedelta(hours=6)  # before the day: a chain of the night begins before midnight
MOST_RUNS = 3_000  # runs of a day that are read, the latest ones


@dataclass(frozen=True, slots=True)
class ChainDay:
    """A day in the zone of the reader: it is `start` until `end`, 23 to 25 hours."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def is_today(self) -> bool:
        """Whether the day is not over."""
        return self.start <= self.now < self.end


def chain_jobs(lineage: Lineage, job: Job) -> tuple[dict[Job, int], int]:
    """The jobs of a chain with their distance, negative upstream, and the number of those left out."""
    up, more_up = lineage.hops(Direction.UPSTREAM, [job])
    down, more_down = lineage.hops(Direction.DOWNSTREAM, [job])
    distances = (
        {job: 0} | {each.job: each.hop for each in down} | {each.job: -each.hop for each in up if each.job != job}
    )
    return distances, more_up + more_down


def chain_of_day(
    session: Session, job: Job, day: ChainDay, lineage: Lineage, by_job: Mapping[Job, JobStatus], left_out: int = 0
) -> Timeline | None:
    """The timeline of the jobs in `by_job`, which are those of `chain_jobs`; None if none of them ran or is expected.

    The critical path is that of the last run that a run of the job decides: its running or late run, otherwise the one with
    the longest path.
    """
    distances = chain_jobs(lineage, job)[0]
    runs = _runs(session, list(by_job), day)
    rows = [_row(each, runs.get(each.job, ()), day, distances.get(each.job, 0)) for each in by_job.values()]
    if not any(row.bars for row in rows):
        return None
    before = {_key(each): [_key(other) for other in lineage.before(each)] for each in by_job}
    rows = _postponed(rows, before)
    own = next(row for row in rows if row.job == job)
    timed = {bar.key: bar.timed(_key(row.job)) for row in rows for bar in row.bars}
    deciders = Deciders(list(timed.values()), before.__getitem__)
    path = _path(own, by_job[job], paths_through(deciders))
    marked = [_marked(row, {each.key for each in path}, day) for row in rows]
    return Timeline(
        sorted((row for row in marked if row.bars or row.usual), key=_order), path_steps(path, marked), left_out
    )


def _postponed(rows: Sequence[TimelineRow], before: Mapping[str, Sequence[str]]) -> list[TimelineRow]:
    """The rows, with expected runs after the expected ends of the upstream runs for which they wait."""
    open_until: dict[str, datetime] = {}
    postponed: list[TimelineRow] = []
    for row in sorted(rows, key=_order):
        key, bars = _key(row.job), list(row.bars)
        if bars and not bars[-1].has_started:
            bar = bars[-1]
            start = max([bar.start, *(open_until[each] for each in before[key] if each in open_until)])
            bars[-1] = replace(bar, start=start, until=start + (bar.until - bar.start))
        if bars and bars[-1].end is None:
            open_until[key] = bars[-1].until
        postponed.append(replace(row, bars=bars))
    return postponed


def _path(own: TimelineRow, status: JobStatus, paths: Mapping[str, list[TimedRun]]) -> list[TimedRun]:
    if not own.bars:
        return []
    last = own.bars[-1]
    if last.end is None and (last.has_started or (status.is_late or status.health.is_trouble)):
        return paths[last.key]
    # The runs of a job that runs every hour may feed a job that runs once a day.
    return max((paths[bar.key] for bar in own.bars), key=lambda path: (len(path), path[-1].end))


def _runs(session: Session, jobs: Collection[Job], day: ChainDay) -> dict[Job, list[Any]]:
    """The runs of the day and of the evening before, oldest first."""
    until = min(day.end, day.now)
    inside = JobRun.start_at >= day.start - EVENING, JobRun.start_at < until, JobRun.parent == ""
    same = or_(*(and_(*(key == value for key, value in zip(KEY, job, strict=True))) for job in jobs))
    query = select(*KEY, JobRun.run_id, JobRun.state, JobRun.start_at, JobRun.end_at, JobRun.attempt)
    runs: defaultdict[Job, list[Any]] = defaultdict(list)
    for row in session.execute(query.where(same, *inside).order_by(JobRun.start_at.desc()).limit(MOST_RUNS)):
        runs[(row.service, row.project, row.job_name)].insert(0, row)
    return runs


def _row(status: JobStatus, runs: Sequence[Any], day: ChainDay, hop: int) -> TimelineRow:
    bars = [_bar(run, status, day) for run in runs][-MOST_BARS:]
    if day.is_today and (planned := _planned(status, day)):
        bars.append(planned)
    state = bars[-1].state if bars else "missing" if day.end <= day.now else ""
    return TimelineRow(status.job, status.job[2], state, bars, _usual(status, day), hop)


def _bar(run: Any, status: JobStatus, day: ChainDay) -> TimelineBar:
    until = run.end_at
    if until is None:
        expected = status.next_end if status.last and status.last.run_id == run.run_id else None
        until = max(expected or day.now, day.now)
    key = "/".join((*status.job, run.run_id))
    return TimelineBar(key, run.state, run.start_at, run.end_at, until, run.attempt)


def _planned(status: JobStatus, day: ChainDay) -> TimelineBar | None:
    """The next run, if it starts today; of a job that runs several times a day too."""
    start = status.next_start
    if status.is_running or start is None or not day.now <= start < day.end:
        return None
    return TimelineBar("/".join((*status.job, EXPECTED)), EXPECTED, start, None, max(status.next_end or start, start))


def _usual(status: JobStatus, day: ChainDay) -> tuple[datetime, datetime] | None:
    """The usual start and end on the day; None for a job that runs several times a day, or while it is not known."""
    if status.usual_minute is None or status.usual is None:
        return None
    end = day.start + timedelta(minutes=status.usual_minute)
    return end - timedelta(seconds=status.usual), end


def _marked(row: TimelineRow, keys: Collection[str], day: ChainDay) -> TimelineRow:
    """The row with the runs of the critical path marked, and without the others of the evening before."""
    bars = [replace(bar, is_critical=bar.key in keys) for bar in row.bars if bar.key in keys or bar.until >= day.start]
    return replace(row, bars=bars)


def _order(row: TimelineRow) -> tuple[int, float, str]:
    first = next((bar.start for bar in row.bars), row.usual[0] if row.usual else None)
    return row.hop, first.timestamp() if first else 0.0, row.name


def _key(job: Job) -> str:
    return "/".join(job)
