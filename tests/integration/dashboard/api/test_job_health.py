"""A job has the same health in lists, on its page, in the lineage, in the API and on the command line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from insights.jobs.chain.job_status import job_statuses
from insights.jobs.incidents import unresolved
from insights.jobs.starts import Job
from shared.history import JobRunRow
from shared.model import IncidentKind, JobState
from shared.texts.dashboard.jobs import HEALTHS
from tests.support.api_client import ApiClient
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAILED, RUNNING = JobState.FAILED, JobState.RUNNING
TASK_OF_DAG = ("airflow", "etl", "load_mart.merge")
EXPECTED = {
    "well": "well",
    "slow last run": "slow",
    "failed after a slow run": "failing",
    "running": "running",
    "running for long": "slow",
    "running after a failure": "failing",
    "failed": "failing",
    "repaired": "well",
    "incident before its run": "failing",
    "incident of a repaired run": "well",
    "run again since the incident": "failing",
    "incident that it is late": "well",
    "missing": "missing",
    "missing and failed": "failing",
    "stopped": "stopped",
    "new": "learning",
    "new and running": "running",
    "once": "learning",
    "bob@example.com SELECT": "well",
    "carol@example.com INSERT": "well",
    "instances.hostError": "well",
    "load_mart": "failing",
    "load_mart.merge": "failing",
}


def run(name: str, ago: timedelta, state: JobState = JobState.SUCCEEDED, took: timedelta | None = MINUTE) -> JobRunRow:
    """A run that reads one table, as every job here does, and writes its own."""
    start = NOW - ago
    service = {"load_mart": "airflow", "instances": "compute"}.get(name.partition(".")[0], "bigquery")
    return JobRunRow(
        service, "etl" if service == "airflow" else "p", f"{name}/{start:%d%H%M%S}", name, state, start_at=start,
        end_at=start + took if took else None, sources=["p.d.raw"], destination=f"p.d.t{list(EXPECTED).index(name)}",
    )  # fmt: skip


def daily(name: str, last: float = 0.2, runs: int = 9) -> list[JobRunRow]:
    return [run(name, (last + back) * DAY) for back in range(runs)]


def odd_jobs() -> list[JobRunRow]:
    """Jobs in every state, and at the boundaries between states."""
    last = {"missing": 1.6, "missing and failed": 1.6, "stopped": 20, "running": 1, "running for long": 1}
    counts = {"new": 2, "new and running": 2, "once": 1}
    rows = [row for name in EXPECTED for row in daily(name, last.get(name, 0.2), counts.get(name, 9))]
    return [
        *rows,
        run("slow last run", HOUR, took=HOUR / 2),
        run("failed after a slow run", 2 * HOUR, took=HOUR / 2),
        run("failed after a slow run", HOUR, FAILED),
        run("running", MINUTE, RUNNING, None),
        run("running for long", 3 * HOUR, RUNNING, None),
        run("running after a failure", 2 * HOUR, FAILED),
        run("running after a failure", MINUTE, RUNNING, None),
        run("failed", HOUR, FAILED),
        run("repaired", 2 * HOUR, FAILED),
        run("repaired", HOUR),
        run("run again since the incident", MINUTE, RUNNING, None),
        run("missing and failed", 1.55 * DAY, FAILED),
        run("new and running", MINUTE, RUNNING, None),
        run("bob@example.com SELECT", HOUR, FAILED),
        run("carol@example.com INSERT", HOUR, took=HOUR / 2),
        run("instances.hostError", HOUR, FAILED),
    ]


def fail(dashboard: Dashboard, name: str, ago: timedelta, rule: str = "bigquery/job_failed") -> None:
    made = replace(
        finding(), kind=IncidentKind.JOB_FAILURE, rule=rule, service="bigquery", project="p", labels={"job": name},
        resource=name, fingerprint=name, event_key=name, time=NOW - ago,
    )  # fmt: skip
    if name == TASK_OF_DAG[2]:
        made = replace(made, service="composer", project="", labels={"dag_id": "load_mart", "task_id": "merge"})
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(made, redact=())


@pytest.fixture
def world(dashboard: Dashboard) -> Dashboard:
    keep(dashboard.schema_store, odd_jobs())
    fail(dashboard, "incident before its run", HOUR)
    fail(dashboard, "incident of a repaired run", 6 * HOUR)
    fail(dashboard, "run again since the incident", HOUR)
    fail(dashboard, "incident that it is late", HOUR, "jobs/run_late")
    fail(dashboard, TASK_OF_DAG[2], HOUR)
    return dashboard


def shown(html: str) -> dict[str, str]:
    """The health of each job in the rows of a page, by name."""
    words = {word.en: name for name, word in HEALTHS.items()}
    rows = re.findall(r'<td class="st">([^<]+)</td><td class="head wide clip"><a href="[^"]*" title="([^"]*)"', html)
    return {unescape(name): words[word] for word, name in rows}


def test_every_place_shows_the_same_health_of_every_job(world: Dashboard, api: ApiClient) -> None:
    visitor = world.local()
    items = [item for ad_hoc in ("true", "false") for item in api.get("/jobs", ad_hoc=ad_hoc, limit=100)["items"]]
    assert {item["name"]: item["health"] for item in items} == EXPECTED

    on_pages = shown(visitor.open("/jobs").text) | shown(visitor.open("/jobs?ad_hoc=1").text)
    assert on_pages == EXPECTED

    recent = EXPECTED | {"stopped": None, "load_mart.merge": None}  # no run in 8 days; a DAG stands for its tasks
    in_lineage = shown(visitor.open("/jobs/lineage?table=p.d.raw").text)
    assert in_lineage == {name: health for name, health in recent.items() if health}
    hops = api.get("/jobs/lineage", table="p.d.raw")["downstream"]["items"]
    assert {hop["name"]: hop["health"] for hop in hops} == in_lineage

    jobs: list[Job] = [(item["service"], item["project"], item["name"]) for item in items]
    with world.error_store.reading() as errors, world.schema_store.reading() as session:
        statuses = job_statuses(session, jobs, NOW, lambda time: time, unresolved(errors))
        alone = {job: job_statuses(session, [job], NOW, lambda time: time, unresolved(errors))[job] for job in jobs}
    assert {job[2]: str(status.health) for job, status in statuses.items()} == EXPECTED
    assert {job[2]: str(status.health) for job, status in alone.items()} == EXPECTED

    for service, project, name in jobs:
        query: dict[str, Any] = {"service": service, "project": project, "name": name}
        assert api.get("/jobs/one", **query)["health"] == EXPECTED[name], name
        page = visitor.open(f"/jobs/job?{urlencode(query)}").text
        assert f"<span>{HEALTHS[EXPECTED[name]].en}</span></span>" in page, name


def test_a_list_of_many_jobs_agrees_with_the_page_of_the_job_that_ran_longest_ago(
    dashboard: Dashboard, api: ApiClient
) -> None:
    others = [replace(run("well", HOUR), job_name=f"job {number}", run_id=str(number)) for number in range(250)]
    slow = [*daily("slow last run", 1.8), run("slow last run", 0.8 * DAY, took=HOUR)]
    keep(dashboard.schema_store, [*others, *slow])
    listed = api.get("/jobs", q="slow", limit=10)["items"]
    assert [item["health"] for item in listed] == ["slow"]
    assert api.get("/jobs/one", service="bigquery", project="p", name="slow last run")["health"] == "slow"
