"""The sums of jobs by day equal those of the runs, even if runs arrive late, are corrected or deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.schema_db.models import JobDaySum
from db.schema_db.retention import RetentionDays, forget
from db.schema_db.store import SchemaStore
from insights.cost.spending import Prices
from insights.jobs.day_sums import refresh, summed_days
from insights.jobs.figures import JobFigures, figures
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.runs import DAY, NOW, keep, run

PRICES = Prices(6.0, 0.06)
STATES = [JobState.SUCCEEDED, JobState.FAILED, JobState.RUNNING]
TODAY = NOW.astimezone(UTC).date()

Runs = list[tuple[int, int, int]]
RUNS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 5), st.integers(0, 2)), max_size=12)


def rows(made: Runs, name: str) -> list[JobRunRow]:
    """Generates runs of the last hours, of three jobs, on demand or in a reservation; equal names are the same run."""
    return [
        run(
            f"job-{number % 3}", ago=timedelta(hours=hours), seconds=60 * (kind + 1), state=STATES[state],
            run_id=f"{name}{number}", bytes_billed=10**12 * (number + 1), slot_ms=3_600_000 * kind,
            reservation_id="r" if kind == 5 else None, **({"end_at": None} if state == 2 else {}),
        )
        for number, (hours, kind, state) in enumerate(made)
    ]  # fmt: skip


def from_runs(store: SchemaStore, now: datetime) -> list[JobFigures]:
    """The figures of each job, from its runs: the figures of a single job are never read from sums."""
    with store.reading() as session:
        names = (("bigquery", "example-project", f"job-{number}") for number in range(3))
        return [each for name in names for each in figures(session, now, PRICES, [name])]


def listed(store: SchemaStore, now: datetime) -> list[JobFigures]:
    with store.reading() as session:
        return figures(session, now, PRICES)


def days_of(store: SchemaStore) -> set[date]:
    with store.reading() as session:
        return summed_days(session, TODAY - 60 * DAY, TODAY + DAY)


@pytest.mark.slow
@given(first=RUNS, late=RUNS, moved=RUNS, hours=st.integers(0, 90))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.sqlite
def test_sums_of_days_equal_the_runs_whatever_arrives_late(
    sqlite_schema_store: SchemaStore, first: Runs, late: Runs, moved: Runs, hours: int
) -> None:
    store, now = sqlite_schema_store, NOW - timedelta(hours=hours)
    for written in (rows(first, "first"), rows(late, "late"), rows(moved, "first")):
        keep(store, written)
        assert listed(store, now) == from_runs(store, now)
        list(refresh(store, NOW))
        assert listed(store, now) == from_runs(store, now)


@pytest.mark.both_databases
def test_a_late_run_a_correction_and_a_deletion_count_at_once(schema_store: SchemaStore) -> None:
    old, spoilt = (50, 0, 0), (50, 3, 1)
    keep(schema_store, rows([old, old, (150, 5, 0), (12, 1, 2), (600, 2, 0)], "first"))
    assert len(list(refresh(schema_store, NOW))) == len(days_of(schema_store)) == 25  # since the first run
    assert list(refresh(schema_store, NOW)) == []
    steps: list[Any] = [
        rows([spoilt], "first"),  # the run failed after all
        rows([(20, 4, 0)], "late"),
        rows([(500, 4, 0)], "first"),  # the first run began on another day
    ]
    for changed in steps:
        keep(schema_store, changed)
        assert len(days_of(schema_store)) < 25
        assert listed(schema_store, NOW) == from_runs(schema_store, NOW)
        list(refresh(schema_store, NOW))
        assert len(days_of(schema_store)) == 25
        assert listed(schema_store, NOW) == from_runs(schema_store, NOW)
    list(forget(schema_store, NOW, RetentionDays(jobs=6)))
    assert listed(schema_store, NOW) == from_runs(schema_store, NOW)
    assert [each.runs for each in listed(schema_store, NOW)] == [2, 1]


def test_runs_leave_the_sums_of_other_days_valid(schema_store: SchemaStore) -> None:
    keep(schema_store, rows([(50, 0, 0), (150, 1, 0), (300, 2, 0)], "first"))
    list(refresh(schema_store, NOW))
    before = days_of(schema_store)
    keep(schema_store, rows([(74, 0, 0)], "late"))
    assert before - days_of(schema_store) == {(NOW - timedelta(hours=74)).date()}
    keep(schema_store, rows([(98, 0, 0)], "first"))  # the first run began two days earlier
    assert before - days_of(schema_store) == {(NOW - timedelta(hours=hours)).date() for hours in (50, 74, 98)}


def test_the_sums_of_days_that_no_list_reads_are_deleted(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, rows([(30, 0, 0)], "first"))
    keep(sqlite_schema_store, rows([(900, 0, 0)], "old"))
    list(refresh(sqlite_schema_store, NOW))
    list(refresh(sqlite_schema_store, NOW + 10 * DAY))
    with sqlite_schema_store.reading() as session:
        assert min(session.scalars(select(JobDaySum.day))) == TODAY - 26 * DAY
