"""Which jobs and tables are upstream and downstream, hop by hop, from the tables that the latest runs read and wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.jobs.starts import KEY, Job
from shared.identity.airflow_jobs import possible_dags
from shared.lazy.dataclass import dataclass
from shared.model import JobState

PERIOD = timedelta(days=8)  # a weekly job is in it, whenever one looks
MOST_RUNS = 10_000  # the latest runs that are read
HOPS = 6
MOST_JOBS = 40  # in each direction
DEFINES = ("ALTER%", "DROP%", "TRUNCATE%")  # statements that provide no data
HIDDEN = "_"  # BigQuery names the datasets of temporary results so


class Direction(StrEnum):
    """Against the flow of data, or with it."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


@dataclass(frozen=True, slots=True)
class LineageHop:
    """A job that is `hop` jobs away. `tables` are those that connect it with the hop before, `writes` those that it writes."""

    hop: int
    job: Job
    tables: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(slots=True)
class Lineage:
    """The tables that each job reads and writes, and the jobs of each table."""

    reads: dict[Job, set[str]] = field(default_factory=lambda: defaultdict(set))
    writes: dict[Job, set[str]] = field(default_factory=lambda: defaultdict(set))
    readers: dict[str, set[Job]] = field(default_factory=lambda: defaultdict(set))
    writers: dict[str, set[Job]] = field(default_factory=lambda: defaultdict(set))

    def add(self, job: Job, target: str, sources: Iterable[str]) -> None:
        """Adds a run of a job."""
        if is_lasting(target):
            self.writes[job].add(whole(target))
            self.writers[whole(target)].add(job)
        for table in filter(is_lasting, sources):
            self.reads[job].add(whole(table))
            self.readers[whole(table)].add(job)

    def before(self, job: Job) -> dict[Job, set[str]]:
        """The jobs that write what a job reads, with these tables."""
        return _others(job, self.reads.get(job, ()), self.writers)

    def after(self, job: Job) -> dict[Job, set[str]]:
        """The jobs that read what a job writes, with these tables."""
        return _others(job, self.writes.get(job, ()), self.readers)

    def hops(
        self, direction: Direction, jobs: Collection[Job], tables: Collection[str] = ()
    ) -> tuple[list[LineageHop], int]:
        """The jobs in a direction from jobs and tables, nearest first, and the number of those left out."""
        upstream = direction is Direction.UPSTREAM
        following, of_table = (self.before, self.writers) if upstream else (self.after, self.readers)
        edge: dict[Job, set[str]] = defaultdict(set)
        for job in jobs:
            _merge(edge, following(job))
        for table in tables:
            _merge(edge, {job: {table} for job in of_table.get(table, ())})
        reached = set(jobs)
        hops: list[LineageHop] = []
        for hop in range(1, HOPS + 1):
            edge = {job: through for job, through in edge.items() if job not in reached}
            hops += (self._hop(hop, job, edge[job]) for job in sorted(edge, key=_name))
            reached |= edge.keys()
            further: dict[Job, set[str]] = defaultdict(set)
            for job in edge:
                _merge(further, following(job))
            edge = further
        return hops[:MOST_JOBS], max(len(hops) - MOST_JOBS, 0)

    def own(self, job: Job) -> Job:
        """The job under which the lineage knows a job: an Airflow task is part of its DAG."""
        if job in self.reads or job in self.writes or job[0] != "airflow":
            return job
        dags = ((job[0], job[1], dag) for dag in sorted(possible_dags(job[2]), key=len, reverse=True))
        return next((dag for dag in dags if dag in self.reads or dag in self.writes), job)

    def _hop(self, hop: int, job: Job, through: Collection[str]) -> LineageHop:
        return LineageHop(hop, job, tuple(sorted(through)), tuple(sorted(self.writes.get(job, ()))))


def read_lineage(session: Session, now: datetime) -> Lineage:
    """The lineage from the latest MOST_RUNS successful runs in PERIOD that wrote a table."""
    run = JobRun
    inside = run.start_at >= now - PERIOD, run.start_at < now, run.destination != "", run.state == JobState.SUCCEEDED
    fills = (run.statement_type.not_like(each) for each in DEFINES)
    latest = (
        select(*KEY, run.destination, run.sources).where(*inside, *fills).order_by(run.start_at.desc()).limit(MOST_RUNS)
    )
    rows = session.execute(select(latest.subquery()).distinct()).all()
    dags = _dags(session, now, {dag for _, _, name, _, _ in rows for dag in possible_dags(name)})
    lineage = Lineage()
    for service, project, name, target, sources in rows:
        job = next((dags[dag] for dag in sorted(possible_dags(name)) if dag in dags), (service, project, name))
        lineage.add(job, target, sources or ())
    return lineage


def whole(table: str) -> str:
    """The table of a partition."""
    return table.partition("$")[0]


def is_lasting(table: str) -> bool:
    """Whether this is the name of a table, and not that of a temporary result."""
    dataset = table.rpartition(".")[0]
    return bool(dataset) and not dataset.rpartition(".")[2].startswith(HIDDEN)


def _dags(session: Session, now: datetime, names: Collection[str]) -> dict[str, Job]:
    """The DAGs with these names that ran in PERIOD: their tasks start BigQuery jobs, and people know the DAG."""
    if not names:
        return {}
    inside = JobRun.service == "airflow", JobRun.parent == "", JobRun.start_at >= now - PERIOD, JobRun.start_at < now
    latest = select(*KEY).where(*inside).order_by(JobRun.start_at.desc()).limit(MOST_RUNS).subquery()
    rows = session.execute(select(latest).distinct())
    return {name: (service, project, name) for service, project, name in rows if name in names}


def _others(job: Job, tables: Iterable[str], of_table: Mapping[str, Collection[Job]]) -> dict[Job, set[str]]:
    others: dict[Job, set[str]] = defaultdict(set)
    for table in tables:
        for other in of_table.get(table, ()):
            if other != job:
                others[other].add(table)
    return others


def _merge(edge: dict[Job, set[str]], more: Mapping[Job, Collection[str]]) -> None:
    for job, tables in more.items():
        edge[job].update(tables)


def _name(job: Job) -> tuple[str, Job]:
    return job[2], job
