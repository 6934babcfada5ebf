"""BigQuery: all jobs and all tables.

Views: docs.cloud.google.com/bigquery/docs/information-schema-jobs, …-table-storage, …-columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.bigquery import locations
from collectors.history_analysis.bigquery.jobs import JobReader
from collectors.history_analysis.bigquery.tables import TableReader
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects


def _jobs(context: SnapshotContext) -> Iterator[Batch]:
    return JobReader(context).read()


def _tables(context: SnapshotContext) -> Iterator[Batch]:
    return TableReader(context).read(sorted(locations.of_datasets(context)))


COLLECTORS = (
    Collector(
        name="bigquery.jobs",
        doc="Every job: who ran it, how long it waited and ran, what it cost, what it read and wrote, why it failed.",
        every=timedelta(hours=1),
        permissions=("bigquery.jobs.create", "bigquery.jobs.list", "bigquery.jobs.listAll", "bigquery.datasets.get"),
        scopes=projects,
        collect=_jobs,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=180),
    ),
    Collector(
        name="bigquery.tables",
        doc="How each table grew, when its data and its columns last changed.",
        every=timedelta(hours=6),
        permissions=("bigquery.jobs.create", "bigquery.tables.get", "bigquery.tables.list", "bigquery.datasets.get"),
        scopes=projects,
        collect=_tables,
    ),
)
