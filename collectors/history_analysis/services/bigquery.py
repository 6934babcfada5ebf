"""BigQuery: slots and queries, every job, every table.

Views: docs.cloud.google.com/bigquery/docs/information-schema-jobs, …-table-storage, …-columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.bigquery import locations
from collectors.history_analysis.bigquery.jobs import JobReader
from collectors.history_analysis.bigquery.tables import TableReader
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.performance import Catalogue, Metric, Resource

PROJECT = Resource("bigquery_project", ("project_id",))
GLOBAL = Resource("global", ("project_id",))
DATASET = Resource("bigquery_dataset", ("project_id", "dataset_id"))

METRICS = Catalogue(
    "bigquery",
    "bigquery.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-bigquery",
    (
        Metric("slots/allocated_for_project", "1", "MEAN", "Slots in use", GLOBAL, seen=420),
        Metric("job/num_in_flight", "1", "MEAN", "Jobs in flight", PROJECT, split=("state",), seen=720),
        Metric("query/execution_count", "1", "DELTA", "Queries that were run", PROJECT, seen=420),
        Metric(
            "query/execution_times", "s", "PERCENTILE_95", "Run time of queries that succeeded", PROJECT, (), "MAX", 420
        ),
        Metric("query/statement_scanned_bytes_billed", "By", "DELTA", "Bytes that queries billed", PROJECT),
        Metric("storage/stored_bytes", "By", "MEAN", "Bytes stored", DATASET, seen=10800),
        Metric("storage/insertall_inserted_rows", "1", "DELTA", "Rows that were streamed in", PROJECT),
    ),
)


def _jobs(context: SnapshotContext) -> Iterator[Batch]:
    return JobReader(context).read()


def _tables(context: SnapshotContext) -> Iterator[Batch]:
    return TableReader(context).read(sorted(locations.of_datasets(context)))


COLLECTORS = (
    METRICS.collector("How many slots and bytes each project used, and how long its queries took."),
    Collector(
        name="bigquery.jobs",
        doc="Every job: who ran it, how long it waited and ran, what it cost, what it read and wrote, why it failed.",
        every=timedelta(hours=1),
        permissions=("bigquery.jobs.create", "bigquery.jobs.list", "bigquery.jobs.listAll", "bigquery.datasets.get"),
        scopes=projects,
        collect=_jobs,
        overlap=timedelta(minutes=10),
        reach=timedelta(days=180),
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
