"""Timelines and lineage in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.history import JobRunRow
from shared.model import JobState
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MART: dict[str, Any] = {"service": "bigquery", "project": "p", "name": "mart"}
DAG: dict[str, Any] = {"service": "airflow", "project": "etl", "name": "load"}


def row(service: str, name: str, hours: float, ago: int = 0, **changes: Any) -> JobRunRow:
    start = NOW - hours * HOUR - ago * DAY
    project = "etl" if service == "airflow" else "p"
    values = {"run_id": f"{name}-{ago}", "start_at": start, "end_at": start + HOUR / 2, **changes}
    return JobRunRow(service, project, job_name=name, state=JobState.SUCCEEDED, **values)


@pytest.fixture
def client(dashboard: Dashboard) -> ApiClient:
    rows = [row("bigquery", "raw", 3, ago, destination="p.d.raw") for ago in range(9)]
    rows += [row("bigquery", "mart", 2, ago, destination="p.d.mart", sources=["p.d.raw"]) for ago in range(9)]
    rows += [row("airflow", "load", 1), row("airflow", "load.merge", 1, parent="load-0")]
    keep(dashboard.schema_store, rows)
    return ApiClient(dashboard.local(), new_token(dashboard.error_store))


def test_a_timeline_has_the_chain_of_a_day_and_the_tasks_of_a_run(client: ApiClient) -> None:
    found = client.get("/jobs/timeline", **MART)
    assert (found["day"], found["run"], found["tasks"]) == ("2026-11-26", None, None)
    assert [(each["name"], each["waited_seconds"]) for each in found["chain"]["critical_path"]] == [
        ("raw", None),
        ("mart", 1800),
    ]
    assert [(each["name"], each["hop"], each["runs"][-1]["is_critical"]) for each in found["chain"]["rows"]] == [
        ("raw", -1, True), ("mart", 0, True),
    ]  # fmt: skip
    before = client.get("/jobs/timeline", **MART, day="2026-11-25")
    assert before["chain"]["critical_path"][0]["start"].startswith("2026-11-24")
    tasks = client.get("/jobs/timeline", **DAG)
    assert (tasks["run"], [each["name"] for each in tasks["tasks"]["rows"]]) == ("load-0", ["load.merge"])
    assert client.get("/jobs/timeline", **MART | {"name": "none"})["chain"] is None


def test_lineage_is_that_of_a_job_or_of_a_table(client: ApiClient) -> None:
    up = client.get("/jobs/lineage", **MART)["upstream"]
    (item,) = up["items"]
    assert (item["hop"], item["name"], item["tables"], item["health"]) == (1, "raw", ["p.d.raw"], "well")
    assert item["next_start"] == "2026-11-26T15:12:00Z"
    down = client.get("/jobs/lineage", table="p.d.raw")["downstream"]["items"]
    assert [each["name"] for each in down] == ["mart"]
    for wrong in ({}, {"name": "mart", "table": "p.d.raw"}):
        assert "either name or table is needed" in str(client.get("/jobs/lineage", 400, **wrong))
