"""The chain of a day, and the lineage by hop, from the tables that jobs read and write."""

from __future__ import annotations

from datetime import datetime

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.chain.day import ChainDay, chain_jobs, chain_of_day
from insights.jobs.chain.job_status import JobStatus, job_statuses
from insights.jobs.chain.lineage import Direction, Lineage, read_lineage
from insights.jobs.chain.model import EXPECTED, Timeline
from insights.jobs.starts import Job
from shared.history import JobRunRow
from shared.model import JobHealth, JobState
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite

TABLES = {"raw": ((), "raw.t"), "clean": (("raw.t",), "clean.t"), "mart": (("clean.t", "ref.t"), "mart.t"), "ref": ((), "ref.t"),
          "report": (("mart.t",), "report.t")}  # fmt: skip
STARTS = {"raw": 0, "ref": 5, "clean": 40, "mart": 80, "report": 120}  # minutes after three hours before NOW
HOUR = 60 * MINUTE
MIDNIGHT = NOW - 6 * HOUR


def of(
    name: str, back: float, minutes: float | None = 20, state: JobState = JobState.SUCCEEDED, late: float = 0
) -> JobRunRow:
    sources, target = TABLES[name]
    ago = DAY * back + 3 * HOUR - (STARTS[name] + late) * MINUTE
    changes = {} if minutes is not None else {"end_at": None}
    return run(
        name, ago=ago, seconds=60 * (minutes or 0), state=state, destination=f"p.{target}",
        sources=[f"p.{each}" for each in sources], **changes,
    )  # fmt: skip


def job(name: str) -> Job:
    return ("bigquery", PROJECT, name)


def local(moment: datetime) -> datetime:
    return moment


def chain(
    store: SchemaStore, rows: list[JobRunRow], name: str = "mart"
) -> tuple[Timeline | None, dict[Job, JobStatus]]:
    keep(store, [*(of(each, back) for each in TABLES for back in range(1, 9)), *rows])
    with store.reading() as session:
        lineage = read_lineage(session, NOW)
        jobs, left_out = chain_jobs(lineage, job(name))
        shown = job_statuses(session, jobs, NOW, local)
        day = ChainDay(MIDNIGHT, MIDNIGHT + DAY, NOW)
        return chain_of_day(session, job(name), day, lineage, shown, left_out), shown


def test_the_chain_has_upstream_and_downstream_jobs_and_the_path_that_decided_the_end(
    sqlite_schema_store: SchemaStore,
) -> None:
    shown, _ = chain(sqlite_schema_store, [of(name, 0) for name in TABLES])
    assert shown is not None
    assert [(row.name, row.hop) for row in shown.rows] == [
        ("raw", -2),
        ("ref", -1),
        ("clean", -1),
        ("mart", 0),
        ("report", 1),
    ]
    assert [step.name for step in shown.path] == ["raw", "clean", "mart", "report"]
    assert [step.waited and step.waited / MINUTE for step in shown.path] == [None, 20, 20, 20]
    mart = shown.rows[3]
    assert mart.usual == (mart.bars[0].start, mart.bars[0].end)


def test_while_an_upstream_job_runs_the_jobs_that_wait_for_it_are_expected(sqlite_schema_store: SchemaStore) -> None:
    running = of("clean", 0, None, JobState.RUNNING, late=135)
    shown, known = chain(sqlite_schema_store, [of("raw", 0), of("ref", 0), running])
    assert shown is not None
    bars = {row.name: row.bars[-1] for row in shown.rows if row.bars}
    assert (bars["clean"].end, bars["clean"].until) == (None, bars["clean"].start + 20 * MINUTE)
    assert known[job("clean")].health is JobHealth.RUNNING
    assert known[job("mart")].next_start == NOW  # it usually starts 100 minutes earlier
    assert (bars["mart"].state, bars["mart"].start, bars["mart"].until) == (
        EXPECTED,
        NOW + 15 * MINUTE,
        NOW + 35 * MINUTE,
    )
    assert [step.name for step in shown.path] == ["raw", "clean", "mart", "report"]


def test_a_day_on_which_the_job_has_not_run_has_no_critical_path(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [of(each, back) for each in TABLES for back in range(9)])
    with sqlite_schema_store.reading() as session:
        lineage = read_lineage(session, NOW)
        day = ChainDay(MIDNIGHT - 20 * DAY, MIDNIGHT - 19 * DAY, NOW)
        known = job_statuses(session, chain_jobs(lineage, job("raw"))[0], NOW, local)
        assert chain_of_day(session, job("raw"), day, lineage, known) is None


def test_hops_name_the_tables_between_jobs_and_begin_at_a_table_too(sqlite_schema_store: SchemaStore) -> None:
    dropped = run("cleanup", destination="p.mart.t", statement_type="DROP_TABLE", sources=["p.report.t"])
    keep(sqlite_schema_store, [*(of(name, 1) for name in TABLES), dropped])
    with sqlite_schema_store.reading() as session:
        lineage = read_lineage(session, NOW)
    down, left_out = lineage.hops(Direction.DOWNSTREAM, [job("raw")])
    assert [(each.hop, each.job[2], each.tables, each.writes) for each in down] == [
        (1, "clean", ("p.raw.t",), ("p.clean.t",)),
        (2, "mart", ("p.clean.t",), ("p.mart.t",)),
        (3, "report", ("p.mart.t",), ("p.report.t",)),
    ]
    assert left_out == 0
    up, _ = lineage.hops(Direction.UPSTREAM, [], ["p.mart.t"])
    assert [(each.hop, each.job[2]) for each in up] == [(1, "mart"), (2, "clean"), (2, "ref"), (3, "raw")]


def test_a_circle_of_jobs_ends() -> None:
    lineage = Lineage()
    for name, target, source in (
        ("a", "p.d.x", "p.d.y"),
        ("b", "p.d.y", "p.d.x"),
        ("a", "p._temporary.z", "p.d.y$2026"),
    ):
        lineage.add(job(name), target, [source])
    assert [each.job[2] for each in lineage.hops(Direction.DOWNSTREAM, [job("a")])[0]] == ["b"]
    assert lineage.writes[job("a")] == {"p.d.x"}


def test_the_task_of_a_dag_that_starts_bigquery_jobs_is_known_by_its_dag(sqlite_schema_store: SchemaStore) -> None:
    dag = run("load", service="airflow", project="etl")
    query = run("airflow:load.merge", destination="p.mart.t", sources=["p.raw.t"])
    keep(sqlite_schema_store, [dag, query, run("other", destination="p.raw.t")])
    with sqlite_schema_store.reading() as session:
        lineage = read_lineage(session, NOW)
    own = lineage.own(("airflow", "etl", "load.merge"))
    assert own == ("airflow", "etl", "load")
    assert [each.job[2] for each in lineage.hops(Direction.UPSTREAM, [own])[0]] == ["other"]
