"""One line for each job: its state, its runs, its cost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.cost.spending import TIB, Prices
from insights.jobs.overview import JobLine, JobOverview
from shared.history import JobRunRow
from shared.model import IncidentKind, JobHealth, JobState
from shared.records import IncidentView
from tests.support.incidents import incident
from tests.support.runs import DAY, MINUTE, NOW, daily, keep, run

pytestmark = pytest.mark.sqlite

PRICES = Prices(6.0, 0.06)


def local(moment: datetime) -> datetime:
    return moment


def lines(store: SchemaStore, rows: Iterable[JobRunRow], text: str = "") -> dict[str, JobLine]:
    keep(store, rows)
    with store.reading() as session:
        overview = JobOverview(session, NOW, PRICES, local)
        return {line.figures.job[2]: line for line in overview.lines(overview.matching(text))}


@pytest.mark.both_databases
def test_jobs_come_in_the_order_of_need_with_their_latest_runs_and_cost(schema_store: SchemaStore) -> None:
    hour = timedelta(hours=1)
    found = lines(
        schema_store,
        [
            *daily("well", [60] * 20, until=-0.9, bytes_billed=TIB),
            *daily("slow", [60] * 9 + [600], until=-0.9),
            *daily("missing", [60] * 9, until=1.2),
            *daily("stopped", [60] * 9, until=12),
            *daily("failing", [60] * 9, until=1.01),
            run("failing", state=JobState.FAILED, ago=hour, error="no slots"),
            run("failing", state=JobState.FAILED, ago=2 * hour),
            *daily("running", [60] * 9, until=1),
            run("running", state=JobState.RUNNING, ago=MINUTE, end_at=None),
            *daily("slow run", [60] * 9, until=1),
            run("slow run", state=JobState.RUNNING, ago=hour, end_at=None),
            run("new", ago=hour),
            run("alice@example.com SELECT", state=JobState.FAILED, ago=hour),
        ],
    )
    assert {name: str(line.health) for name, line in found.items()} == {
        name: name for name in ("failing", "missing", "slow", "running", "well", "stopped")
    } | {"new": "learning", "slow run": "slow"}
    assert list(found) == ["failing", "missing", "slow", "slow run", "running", "new", "well", "stopped"]
    well, failing, missing = found["well"], found["failing"], found["missing"]
    assert (len(well.runs), well.usual, well.usual_minute) == (14, 60, 3 * 60 + 37)
    assert (well.figures.price, well.figures.previous_price) == (7 * 6.0, 7 * 6.0)
    assert (failing.streak, failing.runs[-1].error) == (2, "no slots")
    assert missing.due_at == NOW - 1.2 * DAY


def test_filters_choose_jobs_and_queries_of_accounts_stand_apart(sqlite_schema_store: SchemaStore) -> None:
    rows = [
        *daily("load", [60] * 9, until=0.1),
        run("train", service="vertex_ai", ago=DAY),
        *(run("instances.hostError", service="compute", ago=DAY * ago) for ago in range(1, 9)),
        *(run("bob@example.com SELECT", ago=DAY * ago, state=JobState.FAILED) for ago in range(1, 9)),
    ]
    assert list(lines(sqlite_schema_store, rows, text="LOA")) == ["load"]
    with sqlite_schema_store.reading() as session:
        overview = JobOverview(session, NOW, PRICES, local)
        assert overview.services == ["bigquery", "compute", "vertex_ai"]
        assert [each.job[2] for each in overview.matching(service="vertex_ai")] == ["train"]
        queries, operations = overview.matching(ad_hoc=True)
        assert (queries.job[0], operations.job[0]) == ("bigquery", "compute")
        assert not overview.healths[queries.job].is_trouble
        assert overview.matching(health=[JobHealth.FAILING]) == []
        one = JobOverview(session, NOW, PRICES, local, ("bigquery", "example-project", "load"))
        assert [each.job[2] for each in one.every] == ["load"]


def failed(name: str, ago: timedelta, rule: str = "bigquery/job_failed") -> IncidentView:
    return incident(
        kind=IncidentKind.JOB_FAILURE,
        service="bigquery",
        rule=rule,
        resource=name,
        labels={"job": name},
        last_seen_at=NOW - ago,
    )


def test_a_job_fails_as_soon_as_its_incident_says_so_and_until_a_later_run_succeeds(
    sqlite_schema_store: SchemaStore,
) -> None:
    hour = timedelta(hours=1)
    names = ("failed since", "repaired", "late", "retried", "well")
    keep(sqlite_schema_store, [each for name in names for each in daily(name, [60] * 9, until=-0.9)])
    keep(sqlite_schema_store, [run("retried", state=JobState.RUNNING, ago=MINUTE, end_at=None)])
    unresolved = [
        failed("failed since", hour),
        failed("repaired", timedelta(days=3)),
        failed("late", hour, "jobs/run_late"),
        failed("retried", hour),
    ]
    with sqlite_schema_store.reading() as session:
        overview = JobOverview(session, NOW, PRICES, local, unresolved=unresolved)
        found = {line.figures.job[2]: line for line in overview.lines(overview.matching())}
    assert {name: str(line.health) for name, line in found.items()} == {
        "failed since": "failing",
        "retried": "failing",
        "repaired": "well",
        "late": "well",
        "well": "well",
    }
    assert found["failed since"].figures.failed_at == NOW - hour
    assert [name for name, line in found.items() if line.fails_since_its_runs] == ["failed since", "retried"]
    assert {job[2] for job in overview.incidents} == {"failed since", "repaired", "late", "retried"}
