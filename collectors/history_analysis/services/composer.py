"""Cloud Composer and any other Airflow: all DAG runs and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.airflow import metadata_db, schedules
from collectors.history_analysis.airflow.rest_api import AirflowRest
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from shared.config import Settings
from shared.connections import airflow


def _airflows(settings: Settings) -> list[str]:
    return [f"airflow/{name}" for name in sorted(airflow.configured(settings))]


def _runs(context: SnapshotContext) -> Iterator[Batch]:
    """From the metadata database if its URL is set, otherwise over the REST API."""
    name = context.scope.removeprefix("airflow/")
    if airflow.configured(context.settings)[name].db_url:
        return metadata_db.read(context, name)
    return AirflowRest.open(context, name).read()


def _schedules(context: SnapshotContext) -> Iterator[Batch]:
    """The schedules that the DAGs declare, from the same source as their runs."""
    name = context.scope.removeprefix("airflow/")
    if airflow.configured(context.settings)[name].db_url:
        return schedules.from_database(context, name)
    return schedules.over_rest(context, name)


COLLECTORS = (
    Collector(
        name="composer.schedules",
        doc="The schedule of every DAG (cron, interval, assets, timetable), with its interval, next run and state.",
        every=timedelta(hours=1),
        permissions=("composer.environments.get", "composer.dags.get", "composer.dags.execute"),
        scopes=_airflows,
        collect=_schedules,
    ),
    Collector(
        name="composer.runs",
        doc="Every DAG run and task: scheduled time, start, end, number of tries, final state.",
        every=timedelta(hours=1),
        permissions=("composer.environments.get", "composer.dags.get", "composer.dags.execute"),
        scopes=_airflows,
        collect=_runs,
        lag=timedelta(minutes=1),
        overlap=timedelta(minutes=10),
        retention=timedelta(days=30),
    ),
)
