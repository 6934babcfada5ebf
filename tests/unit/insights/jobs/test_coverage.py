"""The recorded history of jobs."""

from __future__ import annotations

from datetime import timedelta

from db.schema_db.store import SchemaStore
from insights.jobs.coverage import JobCoverage, coverage
from tests.support.runs import DAY, NOW, daily, keep, run


def found(store: SchemaStore, days: float = 7, service: str = "") -> JobCoverage:
    with store.reading() as session:
        return coverage(session, NOW - timedelta(days=days), NOW, service)


def test_without_runs_there_is_nothing(schema_store: SchemaStore) -> None:
    assert found(schema_store) == JobCoverage(None, None, 0)


def test_jobs_are_counted_in_the_period_and_dated_from_the_whole_history(schema_store: SchemaStore) -> None:
    rows = [*daily("load", [60] * 30), *daily("old", [60], until=20), run("flow", service="dataflow", ago=DAY / 2)]
    keep(schema_store, rows)
    assert found(schema_store) == JobCoverage(NOW - DAY * 30, NOW - DAY / 2, 2)
    assert found(schema_store, service="bigquery") == JobCoverage(NOW - DAY * 30, NOW - DAY, 1)
    assert found(schema_store, service="airflow") == JobCoverage(None, None, 0)


def test_a_run_that_has_not_started_is_not_counted(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("waits", start_at=None, end_at=None)])
    assert found(schema_store) == JobCoverage(None, None, 0)
