"""The tasks of a DAG run: usual times, missing tasks, and the critical path."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.chain.model import Timeline
from insights.jobs.chain.tasks import MOST_ROWS, tasks_of_run
from insights.jobs.one_job import run_by_id
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.runs import DAY, MINUTE, NOW, keep, run

pytestmark = pytest.mark.sqlite

DAG = ("airflow", "etl", "load")
TASKS = {"extract": (0, 10), "check": (1, 3), "merge": (11, 30), "publish": (31, 33)}  # minutes after the start
SUCCEEDED, FAILED, RUNNING = JobState.SUCCEEDED, JobState.FAILED, JobState.RUNNING


def part(
    name: str, number: int, start: float, end: float | None, state: JobState = SUCCEEDED, **changes: Any
) -> JobRunRow:
    """A task of the DAG run of `number` days ago; without a name, that DAG run itself."""
    begin = NOW - number * DAY
    values: dict[str, Any] = {
        "service": "airflow", "project": "etl", "run_id": f"load/{number}/{name}".rstrip("/"),
        "parent": f"load/{number}" if name else "", "start_at": begin + start * MINUTE,
        "end_at": None if end is None else begin + end * MINUTE,
    }  # fmt: skip
    return run(f"load.{name}".rstrip("."), state=state, **{**values, **changes})


def earlier(tasks: dict[str, tuple[int, int]] = TASKS) -> list[JobRunRow]:
    rows = [part("", number, 0, 34) for number in range(2, 6)]
    return rows + [part(name, number, *times) for number in range(2, 6) for name, times in tasks.items()]


def timeline(store: SchemaStore, rows: list[JobRunRow], minute: float, **failures: list[Any]) -> Timeline | None:
    """The timeline of the tasks of yesterday's run, the given number of minutes after its start."""
    keep(store, rows)
    with store.reading() as session:
        shown = run_by_id(session, "airflow", "etl", "load/1")
        assert shown is not None
        failed = {f"load.{name}": times for name, times in failures.items()}
        return tasks_of_run(session, shown[0], shown[1], NOW - DAY + minute * MINUTE, failed)


def test_the_path_goes_through_the_task_that_ended_last_before_the_next_one(sqlite_schema_store: SchemaStore) -> None:
    times = TASKS | {"check": (1, 12), "merge": (13, 50), "publish": (51, 53)}
    rows = [*earlier(), part("", 1, 0, 54), *(part(name, 1, *each) for name, each in times.items())]
    shown = timeline(sqlite_schema_store, rows, 60)
    assert shown is not None
    assert [step.name for step in shown.path] == ["check", "merge", "publish"]
    assert [step.waited for step in shown.path] == [None, MINUTE, MINUTE]
    assert [row.name for row in shown.rows] == ["extract", "check", "merge", "publish"]
    merge = shown.rows[2]
    assert merge.usual == (NOW - DAY + 11 * MINUTE, NOW - DAY + 30 * MINUTE)
    assert merge.is_critical
    assert not shown.rows[0].is_critical


def test_a_task_that_never_waited_for_another_one_is_no_step_because_of_one_late_run(
    sqlite_schema_store: SchemaStore,
) -> None:
    """`check` started late, after `extract` had ended; in earlier runs they ran at the same time."""
    rows = [*earlier(), part("", 1, 0, 20), part("extract", 1, 0, 10), part("check", 1, 12, 20)]
    shown = timeline(sqlite_schema_store, rows, 60)
    assert shown is not None
    assert [step.name for step in shown.path] == ["check"]
    assert [(row.name, row.state) for row in shown.rows if not row.bars] == [
        ("merge", "missing"),
        ("publish", "missing"),
    ]


def test_a_running_run_shows_when_its_tasks_are_expected(sqlite_schema_store: SchemaStore) -> None:
    begin = NOW - DAY
    retried = part("merge", 1, 20, None, RUNNING, attempt=2)
    rows = [*earlier(), part("", 1, 0, None, RUNNING), part("extract", 1, 0, 10), retried]
    shown = timeline(sqlite_schema_store, rows, 25, merge=[begin + 15 * MINUTE, begin + 22 * MINUTE])
    assert shown is not None
    bars = {row.name: row.bars[0] for row in shown.rows if row.bars}
    assert (bars["merge"].state, bars["merge"].end, bars["merge"].until) == ("running", None, begin + 39 * MINUTE)
    assert (bars["merge"].attempt, list(bars["merge"].failed_at)) == (2, [begin + 15 * MINUTE])
    assert (bars["publish"].state, bars["publish"].start) == ("expected", begin + 31 * MINUTE)
    assert [step.name for step in shown.path] == ["extract", "merge"]


def test_many_tasks_leave_out_the_short_ones(sqlite_schema_store: SchemaStore) -> None:
    names = [f"t{number:03}" for number in range(MOST_ROWS + 5)]
    rows = [part("", 1, 0, 99), *(part(name, 1, 0, 1 + int(name[1:]) / 10) for name in names)]
    rows.append(part("broken", 1, 0, 0, FAILED))
    shown = timeline(sqlite_schema_store, rows, 100)
    assert shown is not None
    assert (len(shown.rows), shown.left_out) == (MOST_ROWS, 6)
    names_shown = {row.name for row in shown.rows}
    assert {"broken", names[-1]} <= names_shown
    assert names[0] not in names_shown


def test_one_task_and_no_task(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [part("", 2, 0, 5)])
    one = timeline(sqlite_schema_store, [part("", 1, 0, 5), part("only", 1, 0, 4)], 60)
    assert one is not None
    assert [step.name for step in one.path] == ["only"]
    with sqlite_schema_store.reading() as session:
        alone = run_by_id(session, "airflow", "etl", "load/2")
        assert alone is not None
        assert tasks_of_run(session, *alone, NOW) is None
        assert run_by_id(session, "airflow", "etl", "load/9") is None
    assert one.path[0].bar.until - one.path[0].bar.start == timedelta(minutes=4)
