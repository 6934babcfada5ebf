"""The BigQuery runs that waited longest for slots, with the users of the slots; labels; the cost of the collectors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun, Snapshot
from db.types import UtcDateTime
from insights.cost.slot_waits import Wait, waiting
from insights.cost.spending import TIB, Prices

LEAST_SECONDS = 60.0  # a shorter wait is how BigQuery plans a query
EXAMINED = 1000  # runs whose labels are read
# What a label of BigQuery may be called; another name would end a JSON path early.
_LABEL = re.compile(r"[\w-]{1,63}")
_RUNS = table(
    "v_job_runs",
    column("service"),
    column("project"),
    column("run_id"),
    column("state"),
    column("start_at", UtcDateTime()),
    column("queue_seconds"),
)


@dataclass(frozen=True, slots=True)
class LongWait:
    """A run that waited, in seconds, its state, and the users of the slots during the wait with their shares, largest first."""

    wait: Wait
    seconds: float
    state: str
    shares: Sequence[tuple[str, float]]


def longest_waits(session: Session, since: datetime, until: datetime, *, most: int = 5) -> list[LongWait]:
    """The runs that started in [since, until) and waited longest, longest first."""
    inside = _RUNS.c.service == "bigquery", _RUNS.c.start_at >= since, _RUNS.c.start_at < until
    columns = _RUNS.c.project, _RUNS.c.run_id, _RUNS.c.state, _RUNS.c.queue_seconds
    waited = select(*columns).where(*inside, _RUNS.c.queue_seconds >= LEAST_SECONDS)
    rows = session.execute(waited.order_by(_RUNS.c.queue_seconds.desc(), _RUNS.c.run_id).limit(most)).all()
    found = ((row, waiting(session, row.run_id, project=row.project, days=0)) for row in rows)
    return [LongWait(wait, row.queue_seconds, row.state, _shares(wait)) for row, wait in found if wait]


def label_names(session: Session, until: datetime) -> list[str]:
    """The names of the labels on the latest BigQuery runs, most frequent first."""
    query = select(JobRun.labels).where(JobRun.service == "bigquery", JobRun.start_at < until)
    counted = Counter(
        name
        for labels in session.scalars(query.order_by(JobRun.start_at.desc()).limit(EXAMINED))
        for name in labels or ()
    )
    return [name for name, _ in counted.most_common() if _LABEL.fullmatch(name)]


def collectors_price(session: Session, since: datetime, until: datetime, prices: Prices) -> float:
    """The price of the bytes billed for the collectors' own queries."""
    inside = Snapshot.started_at >= since, Snapshot.started_at < until
    billed = session.scalar(select(func.sum(Snapshot.bytes_billed)).where(*inside))
    return float(billed or 0) / TIB * prices.per_tib


def _shares(wait: Wait) -> list[tuple[str, float]]:
    used = sorted(
        ((each.principal, each.slot_seconds) for each in wait.contenders), key=lambda each: (-each[1], each[0])
    )
    total = sum(seconds for _, seconds in used)
    return [(name, seconds / total) for name, seconds in used if total]
