"""The timeline of a job: the chain of a day, and the tasks of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.history import JobRunRow
from shared.model import JobState
from tests.support.dashboard import NOW, Dashboard, Visitor, as_text
from tests.support.findings import finding
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MARKUP = "<script>alert(1)</script>"
MART = {"service": "bigquery", "project": "p", "name": "mart"}
DAG = {"service": "airflow", "project": "etl", "name": "load"}
RUN = "load/scheduled"


def query(name: str, start: timedelta, minutes: float, target: str, *sources: str, ago: int = 0) -> JobRunRow:
    begin = NOW - start - ago * DAY
    return JobRunRow(
        "bigquery", "p", f"{name}-{ago}", name, JobState.SUCCEEDED, start_at=begin, end_at=begin + minutes * MINUTE,
        destination=f"p.{target}", sources=[f"p.{each}" for each in sources],
    )  # fmt: skip


def part(name: str, start: float, end: float | None, state: JobState, **changes: Any) -> JobRunRow:
    begin = NOW - 60 * MINUTE
    row = JobRunRow(
        "airflow", "etl", f"{RUN}/{name}".rstrip("/"), f"load.{name}".rstrip("."), state, parent=RUN if name else "",
        start_at=begin + start * MINUTE, end_at=None if end is None else begin + end * MINUTE,
    )  # fmt: skip
    return replace(row, **changes)


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    rows = [query("raw", 3 * 60 * MINUTE, 20, "d.raw", ago=ago) for ago in range(9)]
    rows += [query("mart", 2 * 60 * MINUTE, 30, "d.mart", "d.raw", ago=ago) for ago in range(9)]
    rows += [query(MARKUP, 80 * MINUTE, 5, "d.report", "d.mart", ago=ago) for ago in range(9)]
    rows += [part("", 0, None, JobState.RUNNING), part("extract", 0, 20, JobState.SUCCEEDED)]
    rows += [part("merge", 40, None, JobState.RUNNING, attempt=2), part(MARKUP, 21, 22, JobState.FAILED)]
    keep(dashboard.schema_store, rows)
    labels = {"dag_id": "load", "task_id": "merge", "run_id": "scheduled"}
    failed = replace(finding(), service="composer", labels=labels, time=NOW - 30 * MINUTE, run="scheduled")
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(failed, redact=())
    return dashboard.local()


def test_the_chain_of_a_day_says_what_decided_the_end(visitor: Visitor) -> None:
    page = visitor.read(f"/jobs/timeline?{urlencode(MART)}")
    assert f"{MARKUP} ended at 01:57. Its critical path has 3 runs, starting with raw." in page
    assert "took 30 min, started 40 min after the previous run ended" in page
    assert "succeeded mart this job 01:12 01:42 30 min 01:12 to 01:42 2 of 3" in page
    assert "succeeded raw 1 hop upstream" in page
    assert "クリティカルパスは raw から始まる 3 件の実行です。" in visitor.read(
        f"/jobs/timeline?{urlencode(MART)}&lang=ja"
    )


def test_another_day_and_days_without_runs(visitor: Visitor) -> None:
    before = visitor.read(f"/jobs/timeline?{urlencode(MART)}&day=2026-11-24")
    assert "Chain of 24 Nov" in before
    assert "Day after" in before
    assert "mart has no run on 1 Oct." in visitor.read(f"/jobs/timeline?{urlencode(MART)}&day=2026-10-01")
    for day in ("tomorrow", "2999-01-01", "0001-01-01"):
        assert "Chain of 26 Nov" in visitor.read(f"/jobs/timeline?{urlencode(MART)}&day={day}")
    assert "nothing has no run on 26 Nov." in visitor.read("/jobs/timeline?service=airflow&project=etl&name=nothing")


def test_a_running_dag_run_shows_its_tasks_and_failed_attempts(visitor: Visitor) -> None:
    for address in (DAG, DAG | {"name": "load.merge"}, DAG | {"run": RUN}, DAG | {"run": "unknown"}):
        response = visitor.open(f"/jobs/timeline?{urlencode(address)}&part=timeline")
        assert response.status_code == 200
        assert "<script>alert" not in response.text
        assert response.text.count('<path class="x"') == 3  # the failed attempt, in three sizes
        page = as_text(response.text)
        assert "running merge attempt 2" in page
        assert "running for 20 min" in page


def test_the_page_of_a_job_and_an_incident_lead_to_the_timeline(visitor: Visitor) -> None:
    assert (
        'hx-get="/jobs/timeline?service=airflow&amp;project=etl&amp;name=load&amp;part=timeline"'
        in visitor.open(f"/jobs/job?{urlencode(DAG)}").text
    )
    related = visitor.open("/incidents/1/related?part=related").text
    assert "/jobs/timeline?service=airflow&amp;project=etl&amp;name=load.merge&amp;day=2026-11-26" in related
