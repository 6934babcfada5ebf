"""Which job waits for which, from the tables that they write and read, and which upstream run delays a late job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.deadlines.usual_end import RunEnd
from insights.jobs.due_run import MINUTE
from insights.jobs.starts import KEY, Job
from shared.lazy.dataclass import dataclass
from shared.model import JobState

PERIOD = timedelta(days=8)  # a weekly job is in it, whenever one looks
MOST_RUNS = 20_000
STEPS = 5
BEFORE = timedelta(hours=12)  # an upstream run that ended earlier belongs to another day
LEAST_PAIRS = 5
USUALLY = 0.9  # share of the runs that started after the upstream run had ended
CLOSER = 0.7  # the wait after the upstream run varies by less than this share of the start by the clock
LEAST_SPREAD = 5.0  # minutes: a job that starts so regularly follows the clock
LONGEST_WAIT = 3 * 60.0  # minutes
Graph = Mapping[Job, frozenset[Job]]


@dataclass(frozen=True, slots=True)
class UpstreamRun:
    """A step of a critical path: a job whose run failed, is running or has not started.

    `expected_end` is None if unknown.
    """

    job: Job
    state: str
    expected_end: datetime | None = None


def upstream_jobs(session: Session, now: datetime, dags_of: Callable[[str], Collection[str]]) -> Graph:
    """The jobs that write the input of each job.

    `dags_of` returns the possible DAGs of a job that an Airflow task starts.
    """
    inside = JobRun.start_at >= now - PERIOD, JobRun.start_at < now, JobRun.destination != ""
    query = select(*KEY, JobRun.destination, JobRun.sources).where(*inside, JobRun.state == JobState.SUCCEEDED)
    reads: defaultdict[Job, set[str]] = defaultdict(set)
    writers: defaultdict[str, set[Job]] = defaultdict(set)
    dags = {name: (service, project, name) for service, project, name in _dags(session, now)}
    for service, project, name, target, sources in session.execute(query.distinct().limit(MOST_RUNS)):
        job = next((dags[each] for each in dags_of(name) if each in dags), (service, project, name))
        writers[_whole(target)].add(job)
        reads[job].update(map(_whole, sources or ()))
    return {
        job: frozenset(writer for table in tables for writer in writers.get(table, ()) if writer != job)
        for job, tables in reads.items()
    }


def downstream_of(graph: Graph, jobs: Collection[Job]) -> list[Job]:
    """The jobs that read what these jobs write, directly or through other jobs, nearest first."""
    following: defaultdict[Job, set[Job]] = defaultdict(set)
    for job, above in graph.items():
        for each in above:
            following[each].add(job)
    reached: list[Job] = []
    edge = set(jobs)
    for _ in range(STEPS):
        edge = {job for each in edge for job in following[each]} - {*jobs, *reached}
        reached += sorted(edge)
    return reached


def upstream_of(graph: Graph, jobs: Collection[Job]) -> set[Job]:
    """The jobs that write what these jobs read, directly or through other jobs."""
    reached: set[Job] = set()
    edge = set(jobs)
    for _ in range(STEPS):
        edge = {each for job in edge for each in graph.get(job, ())} - reached
        reached |= edge
    return reached


def critical_path(graph: Graph, job: Job, unfinished: Mapping[Job, UpstreamRun]) -> tuple[UpstreamRun, ...]:
    """The upstream runs that delay a job, the earliest first: at each step the run that is likely to end last."""
    path: list[UpstreamRun] = []
    seen = {job}
    while len(path) < STEPS:
        open_ones = [unfinished[each] for each in sorted(graph.get(job, ())) if each in unfinished and each not in seen]
        if not open_ones:
            break
        last = max(open_ones, key=_end)
        path.append(last)
        job = last.job
        seen.add(job)
    return tuple(reversed(path))


def starts_after(own: Sequence[RunEnd], above: Sequence[RunEnd]) -> bool:
    """Whether the runs of a job nearly always start after the end of the runs of another job."""
    waits = list(_waits(own, above))
    return len(waits) >= LEAST_PAIRS and sum(each >= -1 for each in waits) >= USUALLY * len(waits)


def usual_wait(own: Sequence[RunEnd], above: Sequence[RunEnd]) -> timedelta | None:
    """The usual time from the end of an upstream job to the start of a job; None if it follows the clock or no known job."""
    waits = list(_waits(own, above))
    if not starts_after(own, above) or not -1 <= median(waits) <= LONGEST_WAIT:
        return None
    by_clock = _spread([(each.start_at - each.due_at) / MINUTE for each in own])
    if by_clock < LEAST_SPREAD or _spread(waits) > CLOSER * by_clock:
        return None
    return median(waits) * MINUTE


def _waits(own: Sequence[RunEnd], above: Sequence[RunEnd]) -> Iterator[float]:
    """The minutes between the end of the upstream run of the same day and each start."""
    for each in own:
        of_day = [one for one in above if each.due_at - BEFORE < one.due_at <= each.due_at + BEFORE / 2]
        if of_day:
            yield (each.start_at - max(of_day, key=_due).end_at) / MINUTE


def _due(run: RunEnd) -> datetime:
    return run.due_at


def _spread(values: Sequence[float]) -> float:
    """The distance between the first and the ninth decile."""
    ordered = sorted(values)
    return ordered[int(0.9 * (len(ordered) - 1))] - ordered[int(0.1 * (len(ordered) - 1))]


def _end(run: UpstreamRun) -> tuple[bool, float]:
    return run.expected_end is None, run.expected_end.timestamp() if run.expected_end else 0.0


def _whole(table: str) -> str:
    """The table without its partition."""
    return table.partition("$")[0]


def _dags(session: Session, now: datetime) -> list[Job]:
    query = select(*KEY).where(JobRun.service == "airflow", JobRun.parent == "", JobRun.start_at >= now - PERIOD)
    return [(service, project, name) for service, project, name in session.execute(query.distinct())]
