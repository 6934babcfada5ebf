"""A fault that a query, its Airflow task and the DAG share is one row of a report."""

from typing import Any

from handlers.reports.failing_jobs import one_of_each
from insights.jobs.trends import FailingJob


def job(name: str, failed: int = 35, error: str = "", **changes: Any) -> FailingJob:
    given: dict[str, Any] = {"service": "airflow", "project": "p", "runs": 191, "rate": 0.2, "streak": 3, "run_id": ""}
    times = {"failed_at": None, "succeeded_at": None}
    return FailingJob(**{**given, **times, "job_name": name, "failed": failed, "error": error, **changes})


def test_the_task_stands_for_its_query_and_its_dag() -> None:
    shared = [job("airflow:sync.pull", error="rate limit", project="billing"), job("sync"), job("sync.pull")]
    assert [(each.job_name, each.error) for each in one_of_each(shared)] == [("sync.pull", "rate limit")]


def test_other_numbers_or_another_project_are_another_fault() -> None:
    others = [job("sync", failed=40), job("sync.pull"), job("sync.pull", project="q"), job("sync.push", failed=5)]
    assert [each.job_name for each in one_of_each(others)] == ["sync", "sync.pull", "sync.pull", "sync.push"]
    query = job("airflow:sync.pull")
    assert query in one_of_each([*others, query])  # of which of the two is unknown
    assert one_of_each([job("airflow:sync.pull", failed=1), job("sync.pull")])[0].job_name == "airflow:sync.pull"
