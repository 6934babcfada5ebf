"""The sums by day equal those of the runs, even if runs arrive late."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import CostDay
from db.schema_db.store import SchemaStore
from insights.cost.day_sums import divided
from insights.cost.refresh import refresh
from insights.cost.spending import TOTAL, Amount, By, Prices, amounts, cost_between, day_prices, read_runs
from shared.history import JobRunRow
from tests.support.runs import DAY, NOW, keep, run

DIMENSIONS = [
    (By.USER, ""),
    (By.JOB, ""),
    (By.DATASET, ""),
    (By.PROJECT, ""),
    (By.LABEL, "team"),
    (By.LABEL, "never"),
    (By.LABEL, ""),
]
PRICES = Prices(6.0, 0.06)
SOURCES = [[], ["p.raw.a"], ["p.raw.a", "p.clean.b"]]

Runs = list[tuple[int, int, int]]
RUNS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 5), st.integers(0, 2)), max_size=12)


def rows(made: Runs, name: str) -> list[JobRunRow]:
    """Generates runs of the last hours, by several people and jobs, on demand or in a reservation."""
    return [
        run(
            f"job-{kind % 2}", ago=timedelta(hours=hours), principal=f"p{kind % 3}", run_id=f"{name}{number}", service="bigquery",
            bytes_billed=1000 * (number + 1), slot_ms=3_600_000 * kind, sources=SOURCES[reads], destination="p.out.t",
            labels={"team": f"t{kind % 2}"} if kind > 2 else {}, reservation_id="r" if kind == 5 else None,
        )
        for number, (hours, kind, reads) in enumerate(made)
    ]  # fmt: skip


def assert_prices_equal(session: Session, since: datetime, until: datetime) -> None:
    """Asserts that a chart's prices by day, and their sum, equal those of the table."""
    for by, key in DIMENSIONS[:-1]:
        lines = cost_between(session, by, (since, since, until), PRICES, key=key)
        short = cost_between(session, by, (since, since, until), PRICES, key=key, by_day=False)
        assert [(line.key, round(line.price, 6)) for line in short] == [
            (line.key, round(line.price, 6)) for line in lines
        ]
        found = day_prices(session, by, since, until, PRICES, key=key, names=[line.key for line in lines[:2]])
        for line in lines[:2]:
            assert found[line.key] == pytest.approx(
                {date.fromisoformat(day): price for day, price in line.days.items()}
            )
        assert sum(found[TOTAL].values()) == pytest.approx(sum(line.price for line in lines))


def summed(found: object) -> dict[str, tuple[float, ...]]:
    totals: defaultdict[str, Amount] = defaultdict(Amount)
    for _, name, share, amount in found:  # type: ignore[attr-defined]
        totals[name].add(amount, share)
    return {
        name: tuple(
            round(value, 6) for value in (each.runs, each.bytes_billed, each.slot_hours, each.reserved_slot_hours)
        )
        for name, each in totals.items()
        if each != Amount()
    }


def assert_equal(session: Session, since: datetime, until: datetime) -> None:
    for by, key in DIMENSIONS:
        plain = summed(read_runs(session, by, since, until, key))
        for by_day in (True, False):
            assert summed(amounts(session, by, since, until, key, by_day=by_day)) == plain, (by, key)
    assert_prices_equal(session, since, until)


@pytest.mark.slow
@given(first=RUNS, late=RUNS, hours=st.tuples(st.integers(0, 220), st.integers(0, 220)))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.sqlite
def test_sums_of_days_equal_the_runs_whatever_arrives_late(
    sqlite_schema_store: SchemaStore, first: Runs, late: Runs, hours: tuple[int, int]
) -> None:
    since, until = (NOW - timedelta(hours=each) for each in sorted(hours, reverse=True))
    keep(sqlite_schema_store, rows(first, "first"))
    list(refresh(sqlite_schema_store, NOW))
    keep(sqlite_schema_store, rows(late, "late"))
    with sqlite_schema_store.reading() as session:
        assert_equal(session, since, until)
    list(refresh(sqlite_schema_store, NOW))
    with sqlite_schema_store.reading() as session:
        assert_equal(session, since, until)


def test_a_day_is_read_from_its_sums_until_a_run_of_it_changes(schema_store: SchemaStore) -> None:
    keep(schema_store, rows([(30, 1, 1), (60, 5, 2)], "first"))
    assert len(list(refresh(schema_store, NOW))) == len(list(days_of(schema_store)))
    assert list(refresh(schema_store, NOW)) == []
    with schema_store.reading() as session:
        days, beside = divided(session, NOW - 5 * DAY, NOW)
        assert days
        assert len(beside) == 2
        assert_equal(session, NOW - 5 * DAY, NOW)
    keep(schema_store, rows([(30, 4, 0)], "late"))
    with schema_store.reading() as session:
        changed = (NOW - timedelta(hours=30)).date()
        assert all(not first <= changed <= last for first, last in divided(session, NOW - 5 * DAY, NOW)[0])
        assert_equal(session, NOW - 5 * DAY, NOW)
    assert len(list(refresh(schema_store, NOW))) == 1


def days_of(store: SchemaStore) -> list[object]:
    with store.reading() as session:
        return list(session.scalars(select(CostDay.day).where(CostDay.dimension == "")))
