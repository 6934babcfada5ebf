"""Reads the flow of data between datasets from the runs of jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.access.platform_map import PlatformMap
from insights.flow.model import DatasetFlow, PlatformFlow, WrittenDataset, arrange
from shared.history import JobState

PERIOD = timedelta(days=2)  # a job that runs daily is in it, whenever one looks
MOST_RUNS = 3_000  # the latest runs that are read
HIDDEN = "_"  # BigQuery names the datasets of temporary results so


def platform_flow(session: Session, now: datetime, platform_map: PlatformMap | None) -> PlatformFlow:
    """The flow of the last two days, arranged by the map if there is one."""
    counted: Counter[tuple[str, str]] = Counter()
    written: defaultdict[str, WrittenDataset] = defaultdict(WrittenDataset)
    for target, sources, job, ended in _runs(session, now):
        known = written[target]
        known.jobs.add(job)
        known.written_at = max(filter(None, (known.written_at, ended)), default=None)
        counted.update((source, target) for source in sources if source != target)
    flows = [DatasetFlow(source, target, runs) for (source, target), runs in sorted(counted.items())]
    return arrange(flows, written, platform_map)


def _runs(session: Session, now: datetime) -> Iterator[tuple[str, set[str], str, datetime | None]]:
    """For each run that wrote a table: its dataset, the datasets that it read, its job, and its end."""
    query = (
        select(JobRun.destination, JobRun.sources, JobRun.job_name, JobRun.end_at)
        .where(JobRun.start_at >= now - PERIOD, JobRun.destination != "", JobRun.state == JobState.SUCCEEDED)
        .order_by(JobRun.start_at.desc())
        .limit(MOST_RUNS)
    )
    for destination, sources, job, ended in session.execute(query):
        if target := _dataset(destination):
            yield target, {source for each in sources or () if (source := _dataset(each))}, job, ended


def _dataset(table: str) -> str:
    """`project.dataset` of a table; empty for a temporary one."""
    dataset = table.rpartition(".")[0]
    return "" if dataset.rpartition(".")[2].startswith(HIDDEN) else dataset
