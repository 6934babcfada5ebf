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
        doc="Every job: principal, queue and run time, cost, tables read and written, error.",
        every=timedelta(hours=1),
        permissions=("bigquery.jobs.create", "bigquery.jobs.list", "bigquery.jobs.listAll", "bigquery.datasets.get"),
        scopes=projects,
        collect=_jobs,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=180),
    ),
    Collector(
        name="bigquery.tables",
        doc="The size of each table by day, and the last change of its data and columns.",
        every=timedelta(hours=6),
        permissions=("bigquery.jobs.create", "bigquery.tables.get", "bigquery.tables.list", "bigquery.datasets.get"),
        scopes=projects,
        collect=_tables,
    ),
)
