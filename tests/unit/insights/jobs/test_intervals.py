"""The intervals of the jobs of incidents, from the history of jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.intervals import usual_intervals
from shared.model import IncidentKind, JobState
from shared.records import IncidentView
from tests.support.incidents import incident
from tests.support.runs import DAY, NOW, keep, run


def failed(**labels: str) -> IncidentView:
    return incident(kind=IncidentKind.JOB_FAILURE, labels=labels)


@pytest.mark.parametrize("days", [1, 7, 30])
def test_the_interval_of_a_job_is_found_by_its_name(schema_store: SchemaStore, days: int) -> None:
    keep(schema_store, [run("load_mart.merge", ago=DAY * days * number) for number in (1, 2, 3)])
    with schema_store.reading() as session:
        found = usual_intervals(session, [failed(dag_id="load_mart", task_id="merge")], NOW)
        assert usual_intervals(session, [failed(dag_id="other", task_id="merge")], NOW) == {}
    assert found == {42: timedelta(days=days)}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("scheduled_query:6a9c", {"transfer_config": "6a9c"}),
        ("MERGE mart.orders", {"statement": "MERGE", "target": "projects/p/datasets/mart/tables/orders"}),
        ("LOAD raw.orders", {"target": "projects/p/datasets/raw/tables/orders"}),
    ],
)
def test_the_interval_of_a_bigquery_job_is_found(schema_store: SchemaStore, name: str, labels: dict[str, str]) -> None:
    keep(schema_store, [run(name, ago=DAY * 30 * number) for number in (1, 2, 3)])
    with schema_store.reading() as session:
        assert usual_intervals(session, [failed(**labels)], NOW) == {42: timedelta(days=30)}


def test_what_no_job_failed_for_has_no_interval(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("load", ago=DAY * number) for number in (1, 2, 3)])
    with schema_store.reading() as session:
        assert usual_intervals(session, [incident(labels={"job": "load"})], NOW) == {}


def test_one_run_is_enough_where_the_scheduler_declares_the_interval(schema_store: SchemaStore) -> None:
    monthly = {"schedule_interval_seconds": str(30 * 86_400)}
    keep(schema_store, [run("close", ago=DAY, labels=monthly), run("close", ago=2 * DAY, state=JobState.FAILED)])
    with schema_store.reading() as session:
        found = usual_intervals(session, [failed(dag_id="close", task_id="book")], NOW)
    assert found == {42: timedelta(days=30)}


def test_jobs_of_one_name_in_two_environments_have_an_interval_each(sqlite_schema_store: SchemaStore) -> None:
    """The monthly job of one environment does not count as daily because a job of that name runs daily in another one."""
    daily = [run("close.book", ago=DAY * number, project="test") for number in range(1, 90)]
    monthly = [run("close.book", ago=DAY * 30 * number, project="prod") for number in (1, 2, 3)]
    keep(sqlite_schema_store, [*daily, *monthly])
    with sqlite_schema_store.reading() as session:
        found = usual_intervals(session, [failed(dag_id="close", task_id="book")], NOW)
    assert found == {42: timedelta(days=30)}
