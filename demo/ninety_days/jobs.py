"""The runs of jobs: daily and hourly ones, and the queries of people, with a rhythm of weekdays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from demo.entries import ENVIRONMENT, PIPELINE, PROJECT, REGION
from demo.ninety_days.times import DAYS, is_weekend
from demo.world import DAG, TASK
from shared.history import JobRunRow
from shared.identity.query_key import query_key
from shared.identity.regional_jobs import regional_name
from shared.model import JobState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GIB = 2**30
SLOTS = 10.0  # that a query uses at once
CALM = 0.55  # of a weekday, at the weekend
REPAIRED_AFTER = timedelta(minutes=50)
EXPENSIVE, EXPENSIVE_GIB, EXPENSIVE_TIMES = 12, 2500, 14  # days ago
LIVE = timedelta(hours=49)  # the demo's own past: what it has is not written twice


_query_key = cache(query_key)  # of a few queries with many runs


@dataclass(frozen=True, slots=True)
class Fault:
    """Runs fail with this probability in the last `days`; if `is_repeated`, a repeated run repairs the failure."""

    chance: float
    error: str
    days: int = DAYS
    is_repeated: bool = True


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job: its name, its start after midnight or after the hour, its duration, and the tables it reads and writes.

    `dag` and `task` are those of its Airflow. It has become slower by `growth` in the last `slow_days`, and waits for
    slots for `wait` seconds.
    """

    service: str
    name: str
    seconds: float
    at: timedelta
    team: str
    every: timedelta = DAY
    gib: float = 0
    sources: Sequence[str] = ()
    destination: str = ""
    statement: str = "MERGE"
    dag: tuple[str, str] = ("", "")
    since: timedelta = DAYS * DAY
    until: timedelta = timedelta(0)
    growth: float = 1.0
    slow_days: int = 0
    wait: float = 2
    fault: Fault | None = None


def _query(dag: str, task: str, seconds: float, at: timedelta, team: str, **values: object) -> PlannedJob:
    name = f"airflow:{dag}.{task}"
    return PlannedJob("bigquery", name, seconds, at, team, dag=(dag, task), **values)  # type: ignore[arg-type]


MINUTE = timedelta(minutes=1)
AIRFLOW = {"ingest_orders", "sync_crm", "export_partners"}  # DAGs with stored runs
JOBS = (
    _query("ingest_orders", "load_raw", 210, 2 * HOUR, "ingestion", destination="raw.orders", statement="LOAD",
           fault=Fault(0.08, "Not found: URI gs://example-landing/orders/*.csv")),
    _query("sync_crm", "pull", 48, 4 * MINUTE, "ingestion", every=HOUR, since=45 * DAY, destination="raw_crm.contacts", statement="LOAD",
           fault=Fault(0.3, "Exceeded rate limits: too many api requests per user per method", 5, is_repeated=False)),
    _query("clean_orders", "merge", 95, 11 * MINUTE, "commerce", every=HOUR, gib=9, sources=("raw.orders",), destination="staging.orders"),
    _query("clean_events", "merge", 160, 3 * HOUR, "commerce", gib=310, sources=("raw.events",), destination="staging.events"),
    _query("clean_customers", "merge", 120, 3 * HOUR + 20 * MINUTE, "commerce", gib=75, sources=("raw_crm.contacts",), destination="staging.customers"),
    _query("build_orders_daily", "merge", 18, HOUR - 18 * MINUTE, "commerce", every=HOUR, until=LIVE, gib=54, destination="mart.orders_daily"),
    _query("build_customers", "merge", 240, 4 * HOUR, "commerce", gib=140, sources=("staging.customers", "staging.orders"), destination="mart.customers"),
    _query("build_sessions", "merge", 540, 4 * HOUR + 1 * MINUTE, "commerce", gib=260, sources=("staging.events", "staging.orders"), destination="mart.sessions",
           growth=2.4, slow_days=4, wait=170),
    _query("export_partners", "extract", 75, 6 * HOUR, "commerce", gib=22, sources=("mart.orders_daily",), destination="sharing.partner_orders",
           fault=Fault(0.13, "Access Denied: BigQuery BigQuery: the service account of the partner cannot write to the destination")),
    PlannedJob("bigquery", "scheduled_query:report.revenue_daily", 66, 5 * HOUR, "analytics", gib=88, statement="CREATE_TABLE_AS_SELECT",
               sources=("mart.orders_daily", "mart.customers"), destination="report.revenue_daily"),
    _query("ml_features", "build", 420, 5 * HOUR + 30 * MINUTE, "ml", gib=190, sources=("mart.sessions", "mart.customers"), destination="ml.churn_features"),
    PlannedJob("vertex_ai", "pipeline:churn-training", 2900, 6 * HOUR + 15 * MINUTE, "ml", statement="PIPELINE",
               fault=Fault(0.06, "The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 9(SIGKILL)")),
    PlannedJob("vertex_ai", "pipeline:demand-forecast", 1900, 2 * HOUR + 30 * MINUTE, "ml", statement="PIPELINE",
               fault=Fault(0.07, "Quota exceeded: custom_model_training_cpus in europe-west1")),
    PlannedJob("vertex_ai", "pipeline:churn-scoring", 780, 7 * HOUR + 30 * MINUTE, "ml", since=3 * DAY, statement="PIPELINE"),
    PlannedJob("dataflow", "sessions-export", 1260, HOUR + 30 * MINUTE, "ingestion", statement="BATCH",
               fault=Fault(0.03, "failed: see the job's messages")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """A person or the account of a tool, with a number of queries per working day and the GiB of each."""

    account: str
    table: str
    times: int
    gib: float
    seconds: float
    until: timedelta = timedelta(0)
    works_weekends: bool = False


READERS = (
    Reader("alice@example.com", "mart.orders_daily", 8, 4, 2, LIVE),
    Reader("bob@example.com", "staging.events", 4, 600, 190, LIVE),
    Reader("erin@example.com", "mart.sessions", 6, 35, 14),
    Reader("frank@example.com", "report.revenue_daily", 3, 12, 5),
    Reader(f"reporting@{PROJECT}.iam.gserviceaccount.com", "mart.customers", 10, 16, 4, works_weekends=True),
)


def runs(now: datetime, days: int = DAYS) -> Iterator[JobRunRow]:
    """The runs of every job and the queries of every person in the last `days` before `now`, the same ones for any number."""
    since = now - (days + 1) * DAY
    for job in JOBS:
        yield from _runs(job, now, since)
    for reader in READERS:
        yield from _queries(reader, now, since)
    yield from (run for run in _expensive_day(now) if run.start_at and run.start_at > since)
    yield from _load_mart(now, since)


def _load_mart(now: datetime, since: datetime) -> Iterator[JobRunRow]:
    """The hourly runs of the DAG in the weeks before the first run of the simulated Airflow."""
    start = now.replace(minute=0, second=0, microsecond=0) - LIVE
    for ago in range(45 * 24):
        begin = start - ago * HOUR
        if begin < since:
            return
        run = f"{DAG}/scheduled__{begin.isoformat()}"
        for name, run_id, parent in ((DAG, run, ""), (f"{DAG}.{TASK}", f"{run}/{TASK}", run)):
            yield _airflow_row(name, run_id, parent, begin, begin + timedelta(minutes=4))


def _starts(job: PlannedJob, now: datetime) -> Iterator[datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - job.since + job.at
    while start < now - job.until - timedelta(seconds=2 * job.growth * job.seconds):
        yield start
        start += job.every


def _runs(job: PlannedJob, now: datetime, since: datetime) -> Iterator[JobRunRow]:
    chance = Random(job.name)  # noqa: S311 - made-up runs
    for start in _starts(job, now):
        busy = CALM if is_weekend(start) else 1.0
        seconds = job.seconds * (0.7 + 0.3 * busy) * chance.gauss(1, 0.05)
        seconds *= job.growth if now - start < job.slow_days * DAY else 1.0
        late = timedelta(seconds=chance.uniform(1, 40))
        fault = job.fault
        if fault and chance.random() < fault.chance and now - start < fault.days * DAY:
            if start > since:
                yield from _run(job, start + late, seconds * 0.4, fault.error)
            late += REPAIRED_AFTER
            if not fault.is_repeated or start + late + 2 * timedelta(seconds=seconds) > now:
                continue
        gib = job.gib * busy * chance.gauss(1, 0.04)
        if start > since:
            yield from _run(job, start + late, seconds, gib=gib)


def _run(job: PlannedJob, start: datetime, seconds: float, error: str = "", gib: float = 0) -> Iterator[JobRunRow]:
    state = JobState.FAILED if error else JobState.SUCCEEDED
    end = start + timedelta(seconds=seconds)
    is_query = job.service == "bigquery"
    dag, task = job.dag
    labels = {"airflow-dag": dag, "airflow-task": task, "team": job.team} if dag else {"team": job.team}
    yield JobRunRow(
        service=job.service,
        project=PROJECT,
        run_id=f"{job.name.rpartition(':')[2].replace('.', '_')}_{start:%Y%m%d%H%M}",
        job_name=regional_name(job.service, REGION, job.name),
        state=state,
        created_at=start - timedelta(seconds=job.wait),
        start_at=start,
        end_at=end,
        error=error,
        principal=PIPELINE,
        labels=labels,
        slot_ms=round(seconds * SLOTS * 1000) if is_query else 0,
        bytes_billed=round(gib * GIB),
        statement_type=job.statement,
        query_key=_query_key(job.name) if is_query else "",
        destination=f"{PROJECT}.{job.destination}" if job.destination else "",
        sources=[f"{PROJECT}.{each}" for each in job.sources],
    )
    if dag in AIRFLOW:
        yield from _airflow(job, start, end + timedelta(seconds=6), error)


def _airflow(job: PlannedJob, start: datetime, end: datetime, error: str) -> Iterator[JobRunRow]:
    """The run of the DAG, and that of its task."""
    dag, task = job.dag
    run = f"{dag}/scheduled__{start.replace(second=0, microsecond=0).isoformat()}"
    state = JobState.FAILED if error else JobState.SUCCEEDED
    for name, run_id, parent in ((dag, run, ""), (f"{dag}.{task}", f"{run}/{task}", run)):
        yield _airflow_row(name, run_id, parent, start - timedelta(seconds=3), end, state)


def _airflow_row(
    name: str, run_id: str, parent: str, start: datetime, end: datetime, state: JobState = JobState.SUCCEEDED
) -> JobRunRow:
    return JobRunRow("airflow", ENVIRONMENT, run_id, name, state, parent, start, start, end)


def _queries(reader: Reader, now: datetime, since: datetime) -> Iterator[JobRunRow]:
    chance = Random(reader.account)  # noqa: S311 - made-up queries
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS, -1, -1):
        day = midnight - ago * DAY
        for _ in range(reader.times):
            start = day + timedelta(hours=chance.uniform(7, 19))
            size = chance.uniform(0.6, 1.4)
            if since < start < now - reader.until - HOUR and (reader.works_weekends or not is_weekend(day)):
                yield _query_of(reader, start, size)


def _expensive_day(now: datetime) -> Iterator[JobRunRow]:
    """Bob computed a year of events again, in one day."""
    bob = next(each for each in READERS if each.account.startswith("bob@"))
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) - EXPENSIVE * DAY
    while is_weekend(day):
        day -= DAY
    for number in range(EXPENSIVE_TIMES):
        start = day + timedelta(hours=9, minutes=33 * number)
        yield _query_of(bob, start, EXPENSIVE_GIB / bob.gib, "backfill")


def _query_of(reader: Reader, start: datetime, size: float, purpose: str = "adhoc") -> JobRunRow:
    seconds = reader.seconds * size
    wait = 1 + 40 * (purpose == "backfill")
    return JobRunRow(
        service="bigquery",
        project=PROJECT,
        run_id=f"{purpose}_{reader.account.partition('@')[0]}_{start:%Y%m%d%H%M%S}",
        job_name=f"{reader.account} SELECT",
        state=JobState.SUCCEEDED,
        created_at=start - timedelta(seconds=wait),
        start_at=start,
        end_at=start + timedelta(seconds=seconds),
        principal=reader.account,
        labels={"team": "analytics", "purpose": purpose},
        slot_ms=round(seconds * SLOTS * 1000),
        bytes_billed=round(reader.gib * size * GIB),
        statement_type="SELECT",
        query_key=_query_key(f"TABLE {reader.table}"),
        sources=[f"{PROJECT}.{reader.table}"],
    )
