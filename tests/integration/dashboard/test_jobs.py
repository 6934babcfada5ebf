"""The pages of jobs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from collectors.metrics_analysis.sigma import artifact
from insights.jobs.expectations_file import compile_expectations
from shared.config import ROOT
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.dashboard import NOW, SETTINGS, Dashboard, Visitor
from tests.support.findings import finding
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

DAY = timedelta(days=1)
JOB = {"service": "airflow", "project": "composer-prod", "name": "load_mart.merge"}
MARKUP = '=cmd|"<script>alert(1)</script>'


def run(name: str, ago: timedelta, state: JobState = JobState.SUCCEEDED, error: str = "") -> JobRunRow:
    start = NOW - ago
    end = start + timedelta(minutes=5)
    return JobRunRow(
        "airflow",
        "composer-prod",
        f"{name}/{start}",
        name,
        state,
        created_at=start,
        start_at=start,
        end_at=end,
        error=error,
    )


@pytest.fixture
def jobs(dashboard: Dashboard) -> Visitor:
    """A failing job, a healthy one, and one whose name contains markup."""
    rows = [run(name, DAY * back + DAY / 4) for name in ("load_mart.merge", "ingest.load") for back in range(1, 9)]
    rows += [run("ingest.load", DAY / 4), run("load_mart.merge", DAY / 4, JobState.FAILED, error=MARKUP)]
    keep(dashboard.schema_store, [*rows, run(MARKUP, DAY)])
    return dashboard.local()


def test_the_list_puts_trouble_first_and_keeps_its_filters_in_the_address(jobs: Visitor) -> None:
    page = jobs.read("/jobs")
    assert "1 job is failing." in page
    assert page.index("failing load_mart. merge") < page.index("healthy ingest. load")
    assert "ingest" not in jobs.read("/jobs?state=failing")
    assert "No matching jobs." in jobs.read("/jobs?q=nothing")
    assert "失敗中のジョブは 1 件です。" in jobs.read("/jobs?lang=ja")
    assert jobs.open("/jobs?page=99999999999999999999&state=nonsense").status_code == 200


def test_the_headline_counts_the_jobs_that_the_filter_shows_as_healthy(jobs: Visitor, dashboard: Dashboard) -> None:
    keep(dashboard.schema_store, [run("export", DAY * back) for back in range(1, 9)])
    running = replace(run("export", timedelta(minutes=2)), state=JobState.RUNNING, end_at=None)
    keep(dashboard.schema_store, [running])
    page = jobs.read("/jobs")
    assert "Running 1" in page
    (filtered,) = re.findall(r"Healthy (\d+)", page)
    assert re.findall(r"(\d+) of \d+ are healthy", page) == [filtered]


def test_the_page_of_a_job_says_what_is_expected_of_it(jobs: Visitor, dashboard: Dashboard, tmp_path: Path) -> None:
    assert "expectations.yaml" not in jobs.read(f"/jobs/job?{urlencode(JOB)}")
    (tmp_path / "expectations.yaml").write_text(
        "expectations:\n- {job: load_mart.*, finish_by: 06:00, days: weekdays}\n"
    )
    expectations = compile_expectations(tmp_path, [])
    artifact.write(tmp_path, {**artifact.load(ROOT / "rules"), "expectations": expectations})
    page = dashboard.local(replace(SETTINGS, rules_dir=tmp_path)).read(f"/jobs/job?{urlencode(JOB)}&lang=ja")
    assert "rules/expectations.yaml の宣言: 成功の期限 06:00 (平日)" in page


def test_a_job_whose_run_no_snapshot_has_yet_fails_with_its_incident(jobs: Visitor, dashboard: Dashboard) -> None:
    labels = {"dag_id": "ingest", "task_id": "load"}
    failed = replace(finding(), service="composer", project="", labels=labels, time=NOW - timedelta(minutes=5))
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(failed, redact=())
    page = jobs.read("/jobs")
    assert "2 jobs are failing." in page
    assert page.index("failing ingest. load") < page.index("failing load_mart. merge")


def test_the_page_of_a_job_answers_what_happened_and_compares_with_the_last_good_run(jobs: Visitor) -> None:
    address = f"/jobs/job?{urlencode(JOB)}"
    page = jobs.read(address)
    assert "load_mart.merge failed 5 h 55 min ago." in page
    assert "State succeeded failed" in page
    assert "usually ends at 21:17" in page
    assert "No runs of this job." in jobs.read("/jobs/job?service=bigquery&name=other")
    for query in ("run=none", "before=yesterday", "before=9999-12-31T23:59:59-12:00"):
        assert jobs.open(f"{address}&{query}").status_code == 200


def test_the_grid_names_the_days_with_trouble(jobs: Visitor) -> None:
    page = jobs.read("/jobs/days?days=14")
    assert "In 14 days 1 run failed and 0 never started." in page
    assert "No matching jobs." in jobs.read("/jobs/days?q=nothing")
    assert "load_mart. merge" in page
    assert "ingest. load" not in jobs.read("/jobs/days?trouble=1")


def test_names_and_errors_of_jobs_are_shown_as_text(jobs: Visitor) -> None:
    for address in (
        "/jobs",
        "/jobs/days",
        f"/jobs/job?{urlencode(JOB)}",
        f"/jobs/job?{urlencode(JOB | {'name': MARKUP})}",
    ):
        assert "<script>alert" not in jobs.open(address).text
    assert len(jobs.open(f"/jobs/job.csv?{urlencode(JOB)}").text.splitlines()) == 10
    exported = jobs.open("/jobs.csv")
    assert exported.mimetype == "text/csv"
    assert '"\'=cmd|""<script>' in exported.text  # no spreadsheet runs it


def test_a_history_that_ended_says_so_before_anything_else(dashboard: Dashboard) -> None:
    keep(dashboard.schema_store, [run("ingest.load", DAY * back) for back in range(3, 12)])
    page = dashboard.local().read("/jobs")
    assert "The latest run started 3 d ago. Newer runs may not be collected" in page


def test_a_run_that_takes_longer_than_usual_and_has_not_ended_is_running(dashboard: Dashboard) -> None:
    earlier = [run("load_mart.merge", DAY * back) for back in range(1, 12)]
    unended = replace(run("load_mart.merge", timedelta(hours=2), JobState.RUNNING), end_at=None)
    keep(dashboard.schema_store, [*earlier, unended])
    assert "slow" in dashboard.local().read("/jobs")
    page = dashboard.local().read(f"/jobs/job?{urlencode(JOB)}")
    assert "load_mart.merge has been running for 2 h. It usually takes 5 min." in page


def test_a_job_that_moved_to_another_time_says_so_on_its_page_in_the_list_and_in_the_api(dashboard: Dashboard) -> None:
    moved = [run("load_mart.merge", DAY * back - timedelta(hours=2 if back < 5 else 6)) for back in range(1, 12)]
    keep(dashboard.schema_store, moved)
    visitor = dashboard.local()
    local = NOW.astimezone(ZoneInfo(SETTINGS.timezone))
    before, after = (f"{local + timedelta(hours=hours):%H:%M}" for hours in (6, 2))
    first = local - 4 * DAY + timedelta(hours=2)
    line = f"moved from about {before} to about {after} since {first.day} {first:%b}"
    assert line in visitor.read(f"/jobs/job?{urlencode(JOB)}")
    assert line in visitor.read("/jobs")
    japanese = f"開始時刻が {before} 頃から {after} 頃に移動 ({first.month}月{first.day}日 以降)"
    assert japanese in visitor.read(f"/jobs/job?{urlencode(JOB)}&lang=ja")
    (move,) = visitor.open(f"/api/v1/jobs/one?{urlencode(JOB)}").json["moved"]  # type: ignore[index]
    assert (move["before"], move["now"]) == (before, after)
