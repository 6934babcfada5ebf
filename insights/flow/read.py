"""Reads the flow of data between datasets from the runs of jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, func, select
from sqlalchemy.orm import Session

from db.tables import light_table
from db.types import Json, UtcDateTime
from insights.flow.model import DatasetFlow, PlatformFlow, WrittenDataset, arrange
from shared.model import JobState

if TYPE_CHECKING:
    from insights.access.platform_map import PlatformMap

PERIOD = timedelta(days=2)  # a job that runs daily is in it, whenever one looks
MOST_RUNS = 3_000  # the latest runs that are read
_RUNS = light_table(
    "job_runs",
    job_name=String,
    state=String,
    start_at=UtcDateTime,
    end_at=UtcDateTime,
    destination=String,
    sources=Json,
)
HIDDEN = "_"  # BigQuery names the datasets of temporary results so


def platform_flow(session: Session, now: datetime, platform_map: PlatformMap | None) -> PlatformFlow:
    """The flow of the last two days, arranged by the map if there is a map."""
    counted: Counter[tuple[str, str]] = Counter()
    written: defaultdict[str, WrittenDataset] = defaultdict(WrittenDataset)
    latest = _latest(now).subquery()
    writers = select(latest.c.dataset, latest.c.job_name, func.max(latest.c.end_at))
    for target, job, ended in session.execute(writers.group_by(latest.c.dataset, latest.c.job_name)):
        if _is_lasting(target):
            known = written[target]
            known.jobs.add(job)
            known.written_at = max(filter(None, (known.written_at, ended)), default=None)
    read = select(latest.c.dataset, latest.c.sources, func.count())
    for target, sources, runs in session.execute(read.group_by(latest.c.dataset, latest.c.sources)):
        if _is_lasting(target):
            datasets = {each.rpartition(".")[0] for each in sources or ()}
            counted.update({(source, target): runs for source in datasets if _is_lasting(source) and source != target})
    flows = [DatasetFlow(source, target, runs) for (source, target), runs in sorted(counted.items())]
    return arrange(flows, written, platform_map)


def _latest(now: datetime) -> Select[str, list[str], str, datetime | None]:
    """The latest runs that wrote a table, with its dataset; the database counts equal rows."""
    run = _RUNS.c
    query = select(_dataset(run.destination).label("dataset"), run.sources, run.job_name, run.end_at)
    inside = run.start_at >= now - PERIOD, run.destination != "", run.state == JobState.SUCCEEDED
    return query.where(*inside).order_by(run.start_at.desc()).limit(MOST_RUNS)


def _dataset(table: SQLColumnExpression[str]) -> ColumnElement[str]:
    """`project.dataset` of `project.dataset.table`, as an SQL expression: the text before the last dot."""
    letters = func.replace(table, ".", "")
    return func.rtrim(func.rtrim(table, letters), ".")


def _is_lasting(dataset: str) -> bool:
    """Whether a name is that of a dataset, and not of temporary results."""
    return bool(dataset) and not dataset.rpartition(".")[2].startswith(HIDDEN)
