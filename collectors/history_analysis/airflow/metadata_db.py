"""Reads runs from the metadata database of an Airflow, without any load on its web server.

The tables `dag_run` and `task_instance` of Airflow 2 and 3 have the same columns as far as this module reads them. Each
query sees one consistent state, so no rows are lost between pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from collectors.history_analysis.airflow.rows import dag_run_row, task_row
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.connections.airflow import database
from shared.history import JobRunRow

PAGE = 2_000
RUNS = (
    *("dag_id", "run_id", "queued_at", "start_date", "end_date", "state", "run_type"),
    *("data_interval_start", "data_interval_end", "updated_at"),
)
TASKS = (
    *("dag_id", "run_id", "task_id", "map_index", "queued_dttm", "start_date", "end_date", "state", "try_number"),
    *("operator", "updated_at"),
)


def read(context: SnapshotContext, name: str) -> Iterator[Batch]:
    """All DAG runs and task instances that changed since the window began."""
    yield from _read(context, name, "dag_run", RUNS, dag_run_row)
    yield from _read(context, name, "task_instance", TASKS, task_row)


def _read(
    context: SnapshotContext,
    name: str,
    table_name: str,
    columns: Sequence[str],
    row_of: Callable[[str, Mapping[str, Any]], JobRunRow],
) -> Iterator[Batch]:
    from sqlalchemy import DateTime, column, select, table  # noqa: PLC0415

    times = {"queued_at", "queued_dttm", "start_date", "end_date", "updated_at", *RUNS[-3:]}
    columns_read = [column(each, DateTime(timezone=True)) if each in times else column(each) for each in columns]
    since = context.window_start.astimezone(UTC)
    engine = database(context.clients, name)
    if engine.dialect.name != "postgresql":
        since = since.replace(tzinfo=None)  # MySQL and SQLite store naive UTC times
    query = select(*columns_read).select_from(table(table_name, *columns_read)).where(columns_read[-1] >= since)
    context.call("airflow.read")
    with engine.connect().execution_options(yield_per=PAGE) as connection:
        for page in connection.execute(query).mappings().partitions():
            yield Batch([row_of(name, dict(row)) for row in page])
