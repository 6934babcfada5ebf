"""A run resolves only failures that it repairs: the same dates, a window that covers them, the same environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from db.error_db.models import Incident
from demo.entries import Entry
from main import Application
from shared import config
from tests.support.job_entries import (
    DAY,
    ERROR,
    GOOD_DATAFLOW,
    GOOD_TRAINING,
    NEXT_RUN,
    OF_AIRFLOW,
    airflow_query,
    child_of,
    created,
    dag_run,
    dataflow,
    elsewhere,
    older_format,
    pipeline,
    pipeline_created,
    query,
    task,
    training,
    transfer,
)
from tests.support.world import World

BETWEEN = "MERGE t USING (SELECT * FROM r WHERE d BETWEEN '2026-11-{}' AND '2026-11-{}') ON false"
SINCE = "MERGE t USING (SELECT * FROM r WHERE d >= DATE '2026-11-{}') ON false"
FROM_TO = "MERGE t USING (SELECT * FROM r WHERE d >= '2026-11-{}' AND d < '2026-11-{}') ON false"
OF_ONE_DAY = "MERGE t USING (SELECT * FROM r WHERE d = '2026-11-{}') ON false"
HERE: dict[str, Any] = {"composer-environment": "etl"}


def two_queries(failed: str, good: str) -> list[Entry]:
    """A query that writes mart.orders and fails, and one that succeeds a day later."""
    return [
        query(0, "j1", failed, error=ERROR, table="mart.orders"),
        query(DAY, "j2", good, table="mart.orders"),
    ]


def two_trainings(failed: str, good: str, *, location: str = "europe-west4") -> list[Entry]:
    """A custom job that fails, and one that succeeds; each argument has a name and the job's arguments."""
    first, second = failed.split(), good.split()
    return [
        created(0, "11", *first),
        training(5, "11"),
        created(60, "22", *second, location=location),
        training(70, "22", GOOD_TRAINING),
    ]


def two_pipelines(failed: str, good: str) -> list[Entry]:
    """A pipeline run that fails, and one that succeeds, with the days in their parameters."""
    first, second = "train-20261124031501", "train-20261125031502"
    return [
        pipeline_created(0, first, day=failed),
        pipeline(5, first),
        pipeline_created(60, second, day=good),
        pipeline(70, second, "SUCCEEDED"),
    ]


def both_formats(minutes: float, job: str, *, error: str = "", **labels: str) -> list[Entry]:
    """The two entries about the end of a query."""
    entry = query(minutes, job, "MERGE x", error=error, table="mart.orders", **labels)
    return [entry, older_format(entry)]


def scheduled_query(minutes: float, job: str, day: str, *, error: str = "") -> list[Entry]:
    """The entries of a scheduled query that writes a table of a date, and the end of its transfer."""
    labels = {"data_source_id": "scheduled_query", "transfer_config_id": "c1"}
    entry = query(minutes, f"scheduled_query_{job}", error=error, table=f"mart.daily_{day}", **labels)
    return [entry, transfer(minutes + 1, bool(error), run=job)]


def partition(minutes: float, day: str) -> Entry:
    """A query of the task, which fails to write a partition."""
    return query(minutes, f"q_{day}", error=ERROR, table=f"mart.orders${day}", **OF_AIRFLOW)


SCRIPT = "CALL mart.load()"
RESOLVED: dict[str, list[Entry]] = {
    "both audit formats": [*both_formats(0, "job_x1", error=ERROR), *both_formats(30, "job_x2")],
    "both audit formats of a task": [
        *both_formats(0, "job_x1", error=ERROR, **OF_AIRFLOW),
        task(1),
        *both_formats(20, "job_x2", **OF_AIRFLOW),
        task(21, "SUCCESS"),
    ],
    "a statement of a script": [
        child_of("nightly_1", query(0, "script_job_6c1ed5f0a1b2_0", "MERGE a", error=ERROR, table="mart.orders")),
        query(0.1, "nightly_1", SCRIPT, error=ERROR),
        query(20, "nightly_2", SCRIPT),
    ],
    "a query of a partition by the only run of its task": [partition(0, "20261124"), task(1), task(21, "SUCCESS")],
    "a scheduled query for the same date": [
        *scheduled_query(0, "6a9c", "20261124", error=ERROR),
        *scheduled_query(DAY, "7a9c", "20261124"),
    ],
    "data before a day": two_queries("MERGE t WHERE d < '2026-11-24'", "MERGE t WHERE d < '2026-11-25'"),
    "the run of a task that skips the query": [
        airflow_query(0, error=ERROR),
        task(1),
        dag_run(2),
        dag_run(9, "successful"),
    ],
    "a late failure of a query whose task succeeded": [task(1), task(20, "SUCCESS"), airflow_query(0, error=ERROR)],
    "a late duplicate": [task(0), task(20, "SUCCESS"), task(0)],
    "Dataflow, a window that moved": [
        dataflow(0, "orders-20261118-20261124"),
        dataflow(DAY, "orders-20261119-20261125", GOOD_DATAFLOW),
    ],
    "custom job, the same name": two_trainings("train-20261125-030512", "train-20261126-030614"),
    "custom job, the same day in its arguments": two_trainings("train --day=2026-11-24", "train --day=2026-11-24"),
    "pipeline, the same day in its parameters": two_pipelines("2026-11-24", "2026-11-24"),
    "Dataflow, the same day": [
        dataflow(0, "orders-20261124-5c6d7e8f"),
        dataflow(14, "orders-20261124-9c6d7e8f", GOOD_DATAFLOW),
    ],
    "Dataflow, the time of submission": [
        dataflow(0, "orders-20261124-030412"),
        dataflow(DAY, "orders-20261125-030411", GOOD_DATAFLOW),
    ],
    "Dataflow, no date": [dataflow(0, "orders-5c6d7e8f"), dataflow(DAY, "orders-6c6d7e8f", GOOD_DATAFLOW)],
    "pipeline, the same day": [pipeline(0, "train-20261124"), pipeline(20, "train-20261124", "SUCCEEDED")],
    "pipeline, the time of submission": [
        pipeline(0, "train-20261124030412"),
        pipeline(DAY, "train-20261125030411", "SUCCEEDED"),
    ],
    "id of a query, the same day": [
        query(0, "load_orders_20261124", error=ERROR),
        query(9, "load_orders_20261124"),
    ],
    "a rolling window": two_queries(BETWEEN.format("18", "25"), BETWEEN.format("19", "26")),
    "a rolling window, a day later than the next": two_queries(BETWEEN.format("18", "25"), BETWEEN.format("20", "27")),
    "a rolling window without an end": two_queries(SINCE.format("18"), SINCE.format("19")),
    "a window that contains the day": two_queries(OF_ONE_DAY.format("25"), BETWEEN.format("19", "26")),
    "the query of the same account": [airflow_query(0, error=ERROR), airflow_query(5)],
    "the query by its task": [airflow_query(0, error=ERROR), task(1), task(6, "SUCCESS")],
    "the query by the run of the environment in its label": [
        airflow_query(0, error=ERROR, **HERE),
        dag_run(7, "successful"),
    ],
    "the query, its task and the run": [
        airflow_query(0, error=ERROR),
        task(1),
        dag_run(2),
        task(20, "SUCCESS"),
        dag_run(21, "successful"),
    ],
}
OPEN: dict[str, list[Entry]] = {
    "a scheduled query for the next date": [
        *scheduled_query(0, "6a9c", "20261124", error=ERROR),
        *scheduled_query(DAY, "7a9c", "20261125"),
    ],
    "partitions of two runs of a task, one of which succeeds": [
        partition(0, "20261124"),
        task(1),
        partition(60, "20261125"),
        task(61, run=NEXT_RUN),
        task(71, "SUCCESS", NEXT_RUN),
    ],
    "one of two runs of a task with queries": [
        airflow_query(0, error=ERROR),
        task(1),
        airflow_query(60, error=ERROR, hour=4),
        task(61, run=NEXT_RUN),
        airflow_query(70, hour=4),
        task(71, "SUCCESS", NEXT_RUN),
    ],
    "a late failure of the query of another run": [
        task(0),
        task(10, "SUCCESS"),
        airflow_query(5, error=ERROR, hour=4),
    ],
    "a late failure of another run": [task(10, run=NEXT_RUN), task(20, "SUCCESS", NEXT_RUN), task(5)],
    "Dataflow, the next week": [dataflow(0, "orders-2026-w47"), dataflow(7 * DAY, "orders-2026-w48", GOOD_DATAFLOW)],
    "Dataflow, a short date": [dataflow(0, "orders-261124"), dataflow(DAY, "orders-261125", GOOD_DATAFLOW)],
    "Dataflow, the day of the year": [dataflow(0, "orders-2026329"), dataflow(DAY, "orders-2026330", GOOD_DATAFLOW)],
    "custom job, another name": two_trainings("train", "score"),
    "custom job, another location": two_trainings("train", "train", location="us-central1"),
    "custom job, another day": two_trainings("train-20261124", "train-20261125"),
    "custom job, another day in its arguments": two_trainings("train --day=2026-11-24", "train --day=2026-11-25"),
    "custom jobs of unknown creation": [training(0, "11"), training(60, "22", GOOD_TRAINING)],
    "custom job, two days": [
        created(0, "11", "t"),
        training(5, "11"),
        created(DAY, "22", "t"),
        training(DAY + 5, "22"),
    ],
    "pipeline, another day in its parameters": two_pipelines("2026-11-24", "2026-11-25"),
    "Dataflow, the next day": [dataflow(0, "orders-20261124"), dataflow(DAY, "orders-20261125", GOOD_DATAFLOW)],
    "Dataflow, the next hour": [dataflow(0, "o-20261124T030000"), dataflow(60, "o-20261124T040000", GOOD_DATAFLOW)],
    "pipeline, the next day": [pipeline(0, "train-20261124"), pipeline(DAY, "train-20261125", "SUCCEEDED")],
    "id of a query, the next day": [
        query(0, "load_orders_20261124", error=ERROR),
        query(DAY, "load_orders_20261125"),
    ],
    "the next window": two_queries(BETWEEN.format("11", "17"), BETWEEN.format("18", "24")),
    "the next window with the same border": two_queries(FROM_TO.format("24", "25"), FROM_TO.format("25", "26")),
    "a window that moved by more than it overlaps": two_queries(BETWEEN.format("15", "20"), BETWEEN.format("18", "23")),
    "since yesterday": two_queries(SINCE.format("24"), SINCE.format("25")),
    "the day of another range": two_queries(
        OF_ONE_DAY.format("24") + " AND t > '2020-01-01'", OF_ONE_DAY.format("25") + " AND t > '2020-01-01'"
    ),
    "the query of another account": [airflow_query(0, error=ERROR), airflow_query(5, account="etl-b")],
    "the task by the run of an environment of this name in another region": [
        task(0),
        elsewhere(dag_run(5, "successful")),
    ],
    "the task by the run of an environment of this name in another project": [
        task(0),
        elsewhere(dag_run(5, "successful"), project="other-project", location="europe-west1"),
    ],
    "a run that comes late, of an environment of this name in another region": [
        elsewhere(dag_run(5, "successful")),
        task(0),
    ],
    "the query by the run of an unknown environment": [airflow_query(0, error=ERROR), dag_run(5, "successful")],
    "the query by the task of an unknown environment": [airflow_query(0, error=ERROR), task(5, "SUCCESS")],
    "the query by the run of another environment than its label": [
        airflow_query(0, error=ERROR, **HERE),
        dag_run(7, "successful", environment="other"),
    ],
    "the query of the next hour": [airflow_query(0, error=ERROR), airflow_query(60, hour=4)],
    "task and query of another environment": [
        airflow_query(0, error=ERROR),
        task(1),
        airflow_query(5, account="etl-b"),
        task(6, "SUCCESS", environment="other"),
        dag_run(7, "successful", environment="other"),
    ],
    "query, task and run of the next hour": [
        airflow_query(0, error=ERROR),
        task(1),
        airflow_query(60, hour=4),
        task(61, "SUCCESS", NEXT_RUN),
        dag_run(62, "successful", NEXT_RUN),
    ],
}


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The function on a SQLite database that each test empties."""
    url = f"sqlite:///{tmp_path_factory.mktemp('runs') / 'error.db'}"
    application = Application(config.load({"HINOMI_ERROR_DB_URL": url}))
    yield World(application, application.store().engine)
    application.store().engine.dispose()


@pytest.mark.parametrize("name", [*RESOLVED, *OPEN])
def test_a_run_resolves_only_what_it_repairs(on_sqlite: World, name: str) -> None:
    on_sqlite.clear()
    on_sqlite.send(*(RESOLVED | OPEN)[name])
    assert on_sqlite.rows(Incident.status) == [("resolved" if name in RESOLVED else "open",)]


def test_queries_of_two_environments_are_two_incidents(on_sqlite: World) -> None:
    on_sqlite.clear()
    on_sqlite.send(airflow_query(0, error=ERROR), airflow_query(0.5, error=ERROR, account="etl-b"), task(1))
    assert on_sqlite.rows(Incident.status) == [("open",)] * 2
