"""A history of job runs for queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import JobRunRow, Row
from shared.model import JobState

NOW = datetime.fromisoformat("2026-11-23T06:00:00+00:00")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
PROJECT = "example-project"


def keep(store: SchemaStore, rows: Iterable[Row]) -> None:
    """Writes rows as a snapshot does."""
    with store.transaction() as session:
        write(session, 1, list(rows))


def run(
    name: str = "load",
    *,
    ago: timedelta = DAY,
    seconds: float = 60,
    state: JobState = JobState.SUCCEEDED,
    **changes: Any,
) -> JobRunRow:
    """A run that started `ago` before NOW and took `seconds` seconds."""
    start = NOW - ago
    values: dict[str, Any] = {
        "service": "bigquery",
        "project": PROJECT,
        "run_id": f"{name}-{start:%m%d%H%M%S%f}-{state}",
        "created_at": start,
        "start_at": start,
        "end_at": start + timedelta(seconds=seconds),
        "principal": "alice@example.com",
    }
    return JobRunRow(job_name=name, state=state, **{**values, **changes})


def daily(name: str, seconds: Iterable[float], *, until: float = 0, **changes: Any) -> list[JobRunRow]:
    """One run per day, the last one `until` days before NOW."""
    found = list(seconds)
    return [
        run(name, ago=DAY * (until + len(found) - place), seconds=took, **changes) for place, took in enumerate(found)
    ]
