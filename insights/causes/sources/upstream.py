"""Jobs that should have provided the input of the failed job, and failed, are late, or took longer than usual.

The jobs that write its input tables are followed for three steps. Of a cascade, the first failed job is the cause, and
the jobs between it and the incident are effects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.causes import names
from insights.causes.affected import PAST, Affected
from insights.causes.change import CandidateChange, Shared
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Name
from insights.jobs.usual import slow_limit, usual_seconds
from shared.lazy.dataclass import dataclass
from shared.model import JobState
from shared.texts import causes as texts

STEPS = 3
MOST_RUNS, MOST_TABLES = 2_000, 50
LATE_BY = 1.5  # of the longest usual time between two successes
LEAST_GAPS = 3
LATE_LEAST = timedelta(minutes=20)
STEP_CLOSENESS = 0.97  # a job farther away: only what is between may be an effect of it
BETWEEN = 0.8  # a failed job whose own producer failed before is an effect
GRACE = timedelta(minutes=15)
Job = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Producer:
    """A job that writes input of the failed job, `steps` away. Its runs are in the order of their starts."""

    job: Job
    table: str
    steps: int
    runs: Sequence[JobRun]
    shared: Shared

    @property
    def name(self) -> str:
        """The name of the job in the history."""
        return self.job[2]


def upstream(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The upstream jobs that failed, are late or slow, and the failed tasks of the same DAG run."""
    producers = _producers(session, affected)
    failed = {each.job for each in producers if _failure(each, affected, since)}
    feeds = _feeds(producers)
    for producer in producers:
        if failure := _failure(producer, affected, since):
            is_effect = any(job in failed for job in feeds[producer.job])
            yield _failed(producer, failure, affected, is_effect=is_effect)
        elif (late := _late(producer, affected)) and not any(job in failed for job in feeds[producer.job]):
            yield late
        elif slow := _slow(producer, affected, since):
            yield slow
        elif recovered := _recovered(producer, affected, since):
            yield recovered
    yield from _of_dag_run(session, affected, since)


def _producers(session: Session, affected: Affected) -> list[Producer]:
    """The jobs that wrote these tables in the last days, nearest first."""
    producers: dict[Job, Producer] = {}
    wanted = set(affected.reads)
    for step in range(1, STEPS + 1):
        following: set[Name] = set()
        for (job, table), runs in _writers(session, affected, wanted).items():
            if job in producers or job[2] in affected.jobs or _defines(runs):
                continue
            shared = Shared(0.95 * STEP_CLOSENESS ** (step - 1), _provides(table, step))
            producers[job] = Producer(job, table[1], step, runs, shared)
            following |= {name for run in runs[-5:] for each in run.sources or () if (name := names.table_of(each))}
        wanted = following - affected.writes - affected.reads
    return list(producers.values())


def _writers(session: Session, affected: Affected, tables: Collection[Name]) -> dict[tuple[Job, Name], list[JobRun]]:
    """The latest runs that wrote any of these tables, or a partition of one, oldest first, by job."""
    writers: dict[tuple[Job, Name], list[JobRun]] = {}
    ids = sorted(name for _, name in tables)[:MOST_TABLES]
    if not ids:
        return writers
    partitions = (JobRun.destination.startswith(f"{name}$", autoescape=True) for name in ids)
    query = (
        select(JobRun)
        .where(
            JobRun.start_at >= affected.failed_at - PAST,
            JobRun.start_at <= affected.failed_at,
            or_(JobRun.destination.in_(ids), *partitions),
        )
        .order_by(JobRun.start_at.desc())
        .limit(MOST_RUNS)
    )
    for run in session.scalars(query):
        if table := names.table_of(run.destination):
            writers.setdefault(((run.service, run.project, run.job_name), table), []).insert(0, run)
    return writers


def _defines(runs: Sequence[JobRun]) -> bool:
    """Whether the statements define the table, as opposed to a job that fills it."""
    return all(run.statement_type.startswith(("ALTER", "DROP", "TRUNCATE")) for run in runs)


def _provides(table: Name, step: int) -> Statement:
    values = {"resource": table[1]}
    return Statement(texts.PROVIDES, values) if step == 1 else Statement(texts.PROVIDES_INDIRECTLY, values)


def _feeds(producers: Iterable[Producer]) -> dict[Job, list[Job]]:
    """The producers of the tables that each producer reads."""
    writers: defaultdict[str, list[Job]] = defaultdict(list)
    for each in producers:
        writers[each.table].append(each.job)
    return {
        each.job: [
            job
            for run in each.runs[-5:]
            for source in run.sources or ()
            if (name := names.table_of(source))
            for job in writers[name[1]]
            if job != each.job
        ]
        for each in producers
    }


def _failure(producer: Producer, affected: Affected, since: datetime) -> JobRun | None:
    """The first failure since its last success before the incident, if it failed in the hours before."""
    first: JobRun | None = None
    for run in producer.runs:
        if run.state == JobState.SUCCEEDED:
            first = None
        elif run.state == JobState.FAILED and first is None and _end(run) <= affected.failed_at:
            first = run
    last = producer.runs[-1]
    return first if first is not None and max(_end(first), _end(last)) >= since else None


def _recovered(producer: Producer, affected: Affected, since: datetime) -> CandidateChange | None:
    """The failure of a producer that a success repaired before the incident."""
    failed = [run for run in producer.runs if run.state == JobState.FAILED and since <= _end(run) <= affected.failed_at]
    if not failed:
        return None
    why = Statement(texts.RECOVERED, {"job_name": producer.name})
    return CandidateChange(
        ChangeKind.FAILED_JOB, _end(failed[-1]), _failure_of(failed[-1]), "", producer.shared, ended=why
    )


def _failure_of(run: JobRun) -> Statement:
    values = {"job_name": run.job_name}
    return (
        Statement(texts.FAILED, {**values, "error": run.error}) if run.error else Statement(texts.FAILED_ONLY, values)
    )


def _failed(producer: Producer, run: JobRun, affected: Affected, *, is_effect: bool) -> CandidateChange:
    closeness = producer.shared.closeness * (BETWEEN if is_effect else 1.0)
    return CandidateChange(
        kind=ChangeKind.FAILED_JOB,
        time=_end(run),
        what=_failure_of(run),
        who="",
        shared=Shared(closeness, producer.shared.why),
        is_success_evidence=affected.symptom != "late",
    )


def _late(producer: Producer, affected: Affected) -> CandidateChange | None:
    """A producer that has not succeeded for much longer than usual."""
    ends = [_end(run) for run in producer.runs if run.state == JobState.SUCCEEDED and _end(run) <= affected.failed_at]
    gaps = [later - earlier for earlier, later in pairwise(ends)]
    if len(gaps) < LEAST_GAPS:
        return None
    usual, longest = sorted(gaps)[len(gaps) // 2], max(gaps)
    since_last = affected.failed_at - ends[-1]
    if since_last <= max(longest + LATE_LEAST, LATE_BY * usual):
        return None
    due = ends[-1] + usual
    values = {"job_name": producer.name, "hours": _hours(since_last), "usual": _hours(usual)}
    return CandidateChange(
        kind=ChangeKind.LATE_JOB,
        time=min(due, affected.failed_at),
        what=Statement(texts.NOT_RUN, values),
        who="",
        shared=producer.shared,
        is_success_evidence=False,
    )


def _slow(producer: Producer, affected: Affected, since: datetime) -> CandidateChange | None:
    """A producer whose run took longer than usual and ended, or still ran, when the job needed its table."""
    runs = [run for run in producer.runs if run.start_at and run.start_at <= affected.failed_at]
    if not runs or runs[-1].state not in (JobState.SUCCEEDED, JobState.RUNNING):
        return None
    last, past = runs[-1], [_seconds(run) for run in runs[:-1] if run.state == JobState.SUCCEEDED]
    usual, limit = usual_seconds(past), slow_limit(past)
    end = min(_end(last), affected.failed_at) if last.end_at else affected.failed_at
    seconds = (end - (last.start_at or end)).total_seconds()
    started = _start_of_failed(affected)
    if usual is None or limit is None or seconds <= max(limit, usual * 1.5) or end < max(since, started - GRACE):
        return None
    values = {"job_name": producer.name, "seconds": f"{seconds:.0f}", "past": f"{usual:.0f}"}
    return CandidateChange(
        kind=ChangeKind.SLOW_JOB,
        time=min((last.start_at or end) + timedelta(seconds=usual), affected.failed_at),
        what=Statement(texts.JOB_SLOW, values),
        who="",
        shared=producer.shared,
        is_success_evidence=False,
    )


def _start_of_failed(affected: Affected) -> datetime:
    starts = [run.start_at for run in affected.runs if run.state == JobState.FAILED and run.start_at]
    return max((each for each in starts if each <= affected.failed_at), default=affected.failed_at)


def _of_dag_run(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """Other tasks of the same DAG run that failed before."""
    label = affected.incident.labels.get
    dag, run_id = label("dag_id"), label("run_id")
    if not dag or not run_id:
        return
    query = select(JobRun).where(
        JobRun.parent != "",  # as in its index
        JobRun.parent == f"{dag}/{run_id}",
        JobRun.service == "airflow",
        JobRun.state == JobState.FAILED,
        JobRun.end_at >= since,
        JobRun.end_at < affected.failed_at,
    )
    for run in session.scalars(query):
        if run.job_name not in affected.jobs:
            shared = Shared(0.9, Statement(texts.SAME_DAG_RUN, {"job_name": dag}))
            yield CandidateChange(ChangeKind.FAILED_JOB, _end(run), _failure_of(run), "", shared)


def _end(run: JobRun) -> datetime:
    moment = run.end_at or run.start_at or run.created_at
    if moment is None:
        raise ValueError(f"run {run.run_id} has no time")
    return moment


def _seconds(run: JobRun) -> float:
    return (_end(run) - (run.start_at or _end(run))).total_seconds()


def _hours(length: timedelta) -> str:
    return f"{length.total_seconds() / 3600:.1f}"
