"""Cloud Composer and any other Airflow: how the environment did, every DAG run and every task."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.airflow import metadata_db
from collectors.history_analysis.airflow.rest_api import AirflowRest
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from collectors.history_analysis.performance import Catalogue, Metric, Resource
from shared.config import Settings
from shared.connections import airflow

ENVIRONMENT = Resource("cloud_composer_environment", ("project_id", "location", "environment_name"))

METRICS = Catalogue(
    "composer",
    "composer.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-composer",
    (
        Metric("environment/healthy", "1", "FRACTION_TRUE", "Part of the time in health", ENVIRONMENT, (), "MIN"),
        Metric("environment/finished_task_instance_count", "1", "DELTA", "Tasks that ended", ENVIRONMENT, ("state",)),
        Metric("environment/unfinished_task_instances", "1", "MEAN", "Tasks in flight", ENVIRONMENT, ("state",)),
        Metric("environment/task_queue_length", "1", "MEAN", "Tasks that wait for a worker", ENVIRONMENT),
        Metric("environment/scheduler_heartbeat_count", "1", "DELTA", "Heartbeats of the scheduler", ENVIRONMENT),
        Metric("environment/dag_processing/total_parse_time", "s", "MEAN", "Time to read all DAG files", ENVIRONMENT),
        Metric("environment/dag_processing/parse_error_count", "1", "DELTA", "DAG files with errors", ENVIRONMENT),
        Metric("environment/worker/pod_eviction_count", "1", "DELTA", "Workers that were evicted", ENVIRONMENT),
        Metric("environment/database/disk/utilization", "10^2.%", "MEAN", "Disk in use, of 1", ENVIRONMENT, (), "MAX"),
    ),
)


def _airflows(settings: Settings) -> list[str]:
    return [f"airflow/{name}" for name in sorted(airflow.known(settings))]


def _runs(context: SnapshotContext) -> Iterator[Batch]:
    """From the metadata database where its URL is set, over the REST API otherwise."""
    name = context.scope.removeprefix("airflow/")
    if airflow.known(context.settings)[name].db_url:
        return metadata_db.read(context, name)
    return AirflowRest.open(context, name).read()


COLLECTORS = (
    METRICS.collector("How each environment did: health, tasks, queue, parsing."),
    Collector(
        name="composer.runs",
        doc="Every DAG run and task: when it was due, ran and ended, how often it was tried, how it ended.",
        every=timedelta(hours=1),
        permissions=("composer.environments.get", "composer.dags.get", "composer.dags.execute"),
        scopes=_airflows,
        collect=_runs,
        lag=timedelta(minutes=1),
        overlap=timedelta(minutes=10),
        reach=timedelta(days=30),
    ),
)
