"""Copies new and changed rows of the large tables to BigQuery: a load job to a staging table, then MERGE by key.

Changed days are marked (db/schema_db/write/changed_days.py). A mark is deleted only after its merge, so after a crash a
day is at most copied again, and merging a day again changes nothing. Load jobs are free; the bytes billed for merges
are recorded in the snapshot row. Nothing is deleted in BigQuery: rows that retention deletes in the Schema DB remain
there.
"""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import select

from collectors.history_analysis.bigquery.query import QUOTA
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from db.schema_db.bigquery import tables, views
from db.schema_db.bigquery.engine import location
from db.schema_db.bigquery.tables import TARGETS, Target
from db.schema_db.store import SchemaStore
from db.schema_db.write import changed_days
from db.schema_db.write.changed_days import MarkedDay
from shared.config import Settings

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

NAME = "hinomi.bigquery"
# The scope of the step that creates the tables and views.
TABLES = "tables"
TIMEOUT = 120.0
# Permissions on the project of the dataset, and on the dataset alone.
ON_PROJECT = ("bigquery.jobs.create",)
ON_DATASET = (
    "bigquery.tables.create",
    "bigquery.tables.delete",
    "bigquery.tables.get",
    "bigquery.tables.getData",
    "bigquery.tables.update",
    "bigquery.tables.updateData",
)
LABELS = {"app": "hinomi", "component": "history"}
ROWS = 5_000


def step(store: SchemaStore) -> Collector:
    """The maintenance step; none without HINOMI_BIGQUERY_HISTORY. Each table is a scope that can fail separately."""
    targets = {target.name: target for target in TARGETS}

    def collect(context: SnapshotContext) -> Iterator[Batch]:
        if context.scope == TABLES:
            return _make(context)
        return _copy(store, context, targets[context.scope])

    return Collector(
        name=NAME,
        doc="The large tables in BigQuery",
        every=timedelta(hours=6),
        permissions=(*ON_PROJECT, *ON_DATASET),
        scopes=_scopes,
        collect=collect,
        lag=timedelta(0),
    )


def _scopes(settings: Settings) -> list[str]:
    return [TABLES, *(target.name for target in TARGETS)] if settings.bigquery_history else []


def _make(context: SnapshotContext) -> Iterator[Batch]:
    """Creates tables and views in one job: the statements are free but slow."""
    dataset = context.settings.bigquery_history
    statements = [*map(tables.create, TARGETS)]
    statements += [statement for target in TARGETS for statement in tables.add_columns(target)]
    statements += [views.create(name, dataset) for name in views.VIEWS]
    _query(context, ";\n".join(statements))
    yield Batch(rows=())


def _copy(store: SchemaStore, context: SnapshotContext, target: Target) -> Iterator[Batch]:
    with store.reading() as session:
        marked = changed_days.marked(session, target.name)
    for at in range(0, len(marked), target.days):
        days = marked[at : at + target.days]
        stage = f"stage_{target.name}_{uuid.uuid4().hex[:12]}"
        _stage(store, context, target, stage, days)
        # Renews the lease: a process that hung since the load must not merge outdated rows.
        yield Batch(rows=())
        merged = _query(context, tables.merge(target, stage, [item.day for item in days]))
        with store.transaction() as session:
            changed_days.unmark(session, days)
        _query(context, f"DROP TABLE IF EXISTS `{stage}`")
        yield Batch(rows=(), written=merged, done=(at + len(days)) / len(marked))


def _stage(store: SchemaStore, context: SnapshotContext, target: Target, stage: str, days: Sequence[MarkedDay]) -> None:
    _query(context, tables.create_stage(target, stage))
    with TemporaryFile() as file:
        _write(store, target, days, file)
        _load(context, target, stage, file)


def _write(store: SchemaStore, target: Target, days: Sequence[MarkedDay], file: IO[bytes]) -> None:
    """Writes the rows of all days, read by one statement: a row whose day changes during the copy occurs once."""
    table = target.table
    rows = select(table).where(changed_days.within(table, target.name, [item.day for item in days]))
    with store.reading() as session, gzip.open(file, "wb", compresslevel=1) as packed:
        result: Any = session.execute(rows, execution_options={"yield_per": ROWS})
        packed.writelines(tables.lines(target, result))


def _load(context: SnapshotContext, target: Target, stage: str, file: IO[bytes]) -> None:
    from google.cloud.bigquery import LoadJobConfig, SchemaField  # noqa: PLC0415

    configuration = LoadJobConfig(
        source_format="NEWLINE_DELIMITED_JSON",
        schema=[SchemaField(name, kind) for name, kind in target.columns.items()],
        write_disposition="WRITE_EMPTY",
        labels=LABELS,
    )
    project, dataset = location(context.settings)
    with context.calls(QUOTA):
        job = _client(context).load_table_from_file(
            file, f"{project}.{dataset}.{stage}", rewind=True, job_config=configuration, timeout=TIMEOUT
        )
        job.result(timeout=TIMEOUT)


def _query(context: SnapshotContext, statement: str) -> int:
    """Runs a statement, records the billed bytes and returns the number of changed rows. Raises Google's errors."""
    from google.cloud.bigquery import QueryJobConfig  # noqa: PLC0415

    with context.calls(QUOTA):
        job = _client(context).query(statement, job_config=QueryJobConfig(labels=LABELS), timeout=TIMEOUT)
        job.result(timeout=TIMEOUT)
    context.usage.bytes_billed += job.total_bytes_billed or 0
    return job.num_dml_affected_rows or 0


def _client(context: SnapshotContext) -> Client:
    return context.clients.bigquery(*location(context.settings))
