"""Compares jobs with their own past: slower jobs, failing jobs, and the history of one job.

All queries read the view v_job_runs, whose columns mean the same on SQLite, PostgreSQL and BigQuery. Durations are
those of successful runs; every number comes with the number of runs behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from db.types import UtcDateTime
from insights.jobs.starts import KEY, Job
from shared.lazy.dataclass import dataclass

PAST = 4  # the past for a comparison is this many periods long
LEAST_RUNS, LEAST_PAST = 3, 5
LEAST_GROWTH, LEAST_SCORE = 1.2, 3.0
# The minimum of one robust deviation: a fraction of the median, and seconds. A 2 s job is not slow at 3 s.
SCALE, FLOOR_SHARE, FLOOR_SECONDS = 1.4826, 0.05, 1.0

_JOB = "service, project, job_name"
# The middle one or two rows, without a division: BigQuery's gives a fraction.
_MIDDLE = "place * 2 IN (places, places + 1, places + 2)"
_LATE = "place * 100 >= places * 95"
# The durations of each job are compared here: three rankings of all runs by the database took several times as long.
_DURATIONS = f"""
SELECT {_JOB}, is_recent, /*listed*/ AS durations FROM (
    SELECT {_JOB}, run_seconds, CASE WHEN start_at >= :recent THEN 1 ELSE 0 END AS is_recent FROM v_job_runs
    WHERE state = 'succeeded' AND start_at >= :since AND start_at < :until AND run_seconds IS NOT NULL /*where*/
) AS timed GROUP BY {_JOB}, is_recent
"""  # noqa: S608 - put together from constants
_LISTED = {
    "sqlite": "group_concat(run_seconds)",
    "postgresql": "string_agg(CAST(run_seconds AS text), ',')",
    "bigquery": "string_agg(CAST(run_seconds AS string), ',')",
}
_FAILING = f"""
SELECT {_JOB}, count(*) AS runs, sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed,
    max(CASE WHEN state = 'succeeded' THEN end_at END) AS succeeded_at
FROM v_job_runs WHERE state IN ('succeeded', 'failed') AND start_at >= :since AND start_at < :until /*where*/
GROUP BY {_JOB} HAVING sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) > 0
"""  # noqa: S608 - same
# The failed runs, latest first, with the error of the latest one of each job: the errors of all may be many megabytes.
_FAILED = f"""
SELECT {_JOB}, end_at, run_id, CASE WHEN place = 1 THEN error END AS error FROM (
    SELECT {_JOB}, end_at, run_id, error, row_number() OVER (PARTITION BY {_JOB} ORDER BY end_at DESC, run_id) AS place
    FROM v_job_runs WHERE state = 'failed' AND start_at >= :since AND start_at < :until /*where*/
) AS ranked ORDER BY {_JOB}, place
"""  # noqa: S608 - same
# The view v_job_runs_daily would rank the runs of all jobs: SQLite applies conditions on a view to its result.
_DAYS = f"""
WITH timed AS (
    SELECT {_JOB}, date(start_at) AS day, state, run_seconds, queue_seconds, slot_hours, bytes_billed FROM v_job_runs
    WHERE job_name = :name AND start_at >= :since
), ranked AS (
    SELECT timed.*, count(*) OVER (PARTITION BY {_JOB}, day, state) AS places,
        row_number() OVER (PARTITION BY {_JOB}, day, state ORDER BY run_seconds) AS place FROM timed
)
SELECT {_JOB}, day, count(*) AS runs, sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed,
    avg(CASE WHEN state = 'succeeded' AND {_MIDDLE} THEN run_seconds END) AS median_seconds,
    min(CASE WHEN state = 'succeeded' AND {_LATE} THEN run_seconds END) AS p95_seconds,
    avg(queue_seconds) AS mean_queue_seconds, sum(slot_hours) AS slot_hours, sum(bytes_billed) AS bytes_billed
FROM ranked GROUP BY {_JOB}, day ORDER BY {_JOB}, day
"""  # noqa: S608 - same
_RUNS = f"""
SELECT {_JOB}, run_id, state, start_at, end_at, queue_seconds, run_seconds, attempt, principal, bytes_billed,
    slot_hours, error
FROM v_job_runs WHERE job_name = :name ORDER BY start_at DESC LIMIT :limit
"""  # noqa: S608 - same


@dataclass(frozen=True, slots=True)
class SlowJob:
    """A job that takes longer than before. Durations are in seconds; `score` is in robust deviations of the past."""

    service: str
    project: str
    job_name: str
    runs: int
    median: float
    p95: float
    past_runs: int
    past_median: float
    past_p95: float
    growth: float
    score: float


@dataclass(frozen=True, slots=True)
class FailingJob:
    """A job with failures; `streak` is the number of failed runs since the last success."""

    service: str
    project: str
    job_name: str
    runs: int
    failed: int
    rate: float
    streak: int
    failed_at: datetime | None
    succeeded_at: datetime | None
    run_id: str
    error: str


@dataclass(frozen=True, slots=True)
class JobDay:
    """A job on a UTC day."""

    service: str
    project: str
    job_name: str
    day: date
    runs: int
    failed: int
    median_seconds: float | None
    p95_seconds: float | None
    mean_queue_seconds: float | None
    slot_hours: float
    bytes_billed: int


@dataclass(frozen=True, slots=True)
class JobRunView:
    """A run of a job."""

    service: str
    project: str
    job_name: str
    run_id: str
    state: str
    start_at: datetime | None
    end_at: datetime | None
    queue_seconds: float | None
    run_seconds: float | None
    attempt: int
    principal: str
    bytes_billed: int
    slot_hours: float
    error: str


@dataclass(frozen=True, slots=True)
class JobHistory:
    """A job over time: its days, oldest first, and its latest runs, latest first."""

    days: list[JobDay]
    runs: list[JobRunView]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The parameters of `slow`: compares the last `days` with `past` times as many days before, given enough runs.

    `jobs` limits the comparison to (service, project, name); None compares all jobs.
    """

    days: float
    past: float = PAST
    least_runs: int = LEAST_RUNS
    jobs: Sequence[tuple[str, str, str]] | None = None


def slow(session: Session, compared: Comparison, *, now: datetime, service: str = "", limit: int = 50) -> list[SlowJob]:
    """Jobs whose recent median duration exceeds the past median, largest deviation first."""
    if compared.jobs == []:
        return []
    recent = timedelta(days=compared.days)
    bounds = {"since": now - (compared.past + 1) * recent, "recent": now - recent, "until": now}
    statement = _DURATIONS.replace("/*listed*/", _LISTED[session.get_bind().dialect.name])
    durations: defaultdict[Job, dict[bool, list[float]]] = defaultdict(dict)
    for row in _rows(session, statement, bounds, service, compared.jobs):
        durations[_job(row)][row["is_recent"] == 1] = sorted(map(float, row["durations"].split(",")))
    enough = [
        (job, of_job[True], of_job[False])
        for job, of_job in durations.items()
        if len(of_job.get(True, ())) >= compared.least_runs and len(of_job.get(False, ())) >= LEAST_PAST
    ]
    grown = [_slow_job(*each) for each in enough if _middle(each[1]) >= LEAST_GROWTH * _middle(each[2])]
    return sorted((job for job in grown if job.score >= LEAST_SCORE), key=lambda job: -job.score)[:limit]


def succeeded(session: Session, *, now: datetime, days: float) -> list[tuple[str, str, str]]:
    """The service, project and name of each job with a run that succeeded in the last `days`, in order."""
    query = select(*KEY).where(JobRun.state == "succeeded", JobRun.start_at >= now - timedelta(days=days))
    rows = session.execute(query.where(JobRun.start_at < now).distinct().order_by(*KEY))
    return [(service, project, name) for service, project, name in rows]


def failing(session: Session, *, now: datetime, days: float, service: str = "", limit: int = 50) -> list[FailingJob]:
    """Jobs with failures in the last `days`: failing ones first, longest streak first, then by failure rate."""
    bounds = {"since": now - timedelta(days=days), "until": now}
    runs: defaultdict[Job, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(session, _FAILED, bounds, service, times=["end_at"]):
        runs[_job(row)].append(row)
    of_jobs = _rows(session, _FAILING, bounds, service, times=["succeeded_at"]) if runs else ()
    # A run may have been recorded between the two statements.
    jobs = [_failing_job(row, runs[_job(row)]) for row in of_jobs if _job(row) in runs]
    return sorted(jobs, key=lambda job: (-job.streak, -job.rate, job.job_name))[:limit]


def history(session: Session, name: str, *, now: datetime, days: int, limit: int = 20) -> JobHistory:
    """The history of the jobs with this name, in all services and projects."""
    by_day = text(_DAYS).bindparams(bindparam("since", type_=UtcDateTime())).columns(day=Date())
    listed = text(_RUNS).columns(start_at=UtcDateTime(), end_at=UtcDateTime())
    first = (now - timedelta(days=days)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return JobHistory(
        [JobDay(**row) for row in _mappings(session, by_day, {"name": name, "since": first})],
        [JobRunView(**row) for row in _mappings(session, listed, {"name": name, "limit": limit})],
    )


def _rows(
    session: Session,
    statement: str,
    bounds: Mapping[str, datetime],
    service: str,
    jobs: Sequence[tuple[str, str, str]] | None = None,
    times: Sequence[str] = (),
) -> list[dict[str, Any]]:
    conditions = ["AND service = :service"] if service else []
    conditions += [] if jobs is None else [f"AND ({_JOB}) IN :jobs"]
    prepared = text(statement.replace("/*where*/", " ".join(conditions)))
    prepared = prepared.bindparams(*(bindparam(name, type_=UtcDateTime()) for name in bounds))
    values: dict[str, Any] = {**bounds, **({"service": service} if service else {})}
    if jobs is not None:
        prepared, values["jobs"] = prepared.bindparams(bindparam("jobs", expanding=True)), list(jobs)
    typed = prepared.columns(**dict.fromkeys(times, UtcDateTime())) if times else prepared
    return _mappings(session, typed, values)


def _job(row: Mapping[str, Any]) -> Job:
    return row["service"], row["project"], row["job_name"]


def _mappings(session: Session, statement: TextClause | Any, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(statement, values).mappings()]


def _failing_job(job: Mapping[str, Any], failed: Sequence[Mapping[str, Any]]) -> FailingJob:
    """A job with its failed runs, the latest one first."""
    succeeded_at, latest = job["succeeded_at"], failed[0]
    ends = [run["end_at"] for run in failed if run["end_at"] is not None]
    return FailingJob(
        *_job(job),
        runs=job["runs"],
        failed=job["failed"],
        rate=job["failed"] / job["runs"],
        streak=sum(end > succeeded_at for end in ends) if succeeded_at else len(failed),
        failed_at=max(ends, default=None),
        succeeded_at=succeeded_at,
        run_id=latest["run_id"],
        error=latest["error"] or "",
    )


def _slow_job(job: Job, recent: Sequence[float], past: Sequence[float]) -> SlowJob:
    """The comparison of the durations of a job, each in ascending order."""
    usual, longer = _middle(past), _middle(recent)
    scale = max(SCALE * median(abs(each - usual) for each in past), FLOOR_SHARE * usual, FLOOR_SECONDS)
    return SlowJob(
        *job,
        runs=len(recent),
        median=longer,
        p95=_p95(recent),
        past_runs=len(past),
        past_median=usual,
        past_p95=_p95(past),
        growth=longer / usual if usual else float("inf"),
        score=(longer - usual) / scale,
    )


def _middle(ordered: Sequence[float]) -> float:
    """The median of values in ascending order."""
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _p95(ordered: Sequence[float]) -> float:
    """The smallest value that 95 % of the values do not exceed."""
    return ordered[(len(ordered) * 95 + 99) // 100 - 1]
