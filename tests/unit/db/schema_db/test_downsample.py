"""Hourly and daily points agree with a naive computation from all samples."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, event, select

from db.schema_db.downsample import downsample, stale
from db.schema_db.models import DailyPoint, FinePoint, HourlyPoint, StaleInterval, StoredSeries
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import MetricPoint
from tests.support.examples import fixed, generated
from tests.support.history import at, series
from tests.support.two_transactions import takes_lock

LATER = at(100)
Sample = tuple[int, int, float]  # series, minutes after ten o'clock, value
SAMPLES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2_000), st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=60
)


def save(store: SchemaStore, samples: Sequence[Sample], snapshot_id: int = 1) -> None:
    rows = [MetricPoint(series(number), at(minute / 60), value) for number, minute, value in samples]
    with store.transaction() as session:
        write(session, snapshot_id, rows)


def points(store: SchemaStore, model: Any) -> dict[tuple[str, datetime], tuple[Any, ...]]:
    query = select(StoredSeries.labels_key, model.time, model.count, model.mean, model.min, model.max, model.p95)
    with store.reading() as session:
        rows = session.execute(query.join(StoredSeries, StoredSeries.id == model.series_id))
        return {(key, start): tuple(statistics) for key, start, *statistics in rows}


def naive(samples: Sequence[Sample], length: timedelta) -> dict[tuple[str, datetime], tuple[Any, ...]]:
    """Computes the points from one sample after the other; finds the percentile by counting."""
    latest = {(number, at(minute / 60)): value for number, minute, value in samples}
    groups: dict[tuple[str, datetime], list[float]] = {}
    for (number, moment), value in latest.items():
        start = at(-10) + (moment - at(-10)) // length * length
        groups.setdefault((series(number).key, start), []).append(value)
    return {
        key: (
            len(values),
            pytest.approx(math.fsum(values) / len(values), abs=1e-6),
            min(values),
            max(values),
            p95(values),
        )
        for key, values in groups.items()
    }


def p95(values: Sequence[float]) -> float:
    return min(one for one in values if sum(other <= one for other in values) * 100 >= 95 * len(values))


def hours_and_days_are_those_of(schema_store: SchemaStore, first: list[Sample], second: list[Sample]) -> None:
    with schema_store.transaction() as session:
        for model in (FinePoint, HourlyPoint, DailyPoint, StaleInterval):
            session.execute(delete(model))
    for samples in (first, second):  # the second run has some changed hours
        save(schema_store, samples)
        list(downsample(schema_store, LATER))
    assert points(schema_store, HourlyPoint) == naive([*first, *second], timedelta(hours=1))
    assert points(schema_store, DailyPoint) == naive([*first, *second], timedelta(days=1))


@pytest.mark.slow
@given(first=SAMPLES, second=SAMPLES)
@generated(20)
def test_hours_and_days_are_those_of_the_samples(
    sqlite_schema_store: SchemaStore, first: list[Sample], second: list[Sample]
) -> None:
    hours_and_days_are_those_of(sqlite_schema_store, first, second)


@pytest.mark.postgresql
@given(first=SAMPLES, second=SAMPLES)
@fixed(4)
def test_hours_and_days_are_those_of_the_samples_on_postgresql(
    postgres_schema_store: SchemaStore, first: list[Sample], second: list[Sample]
) -> None:
    hours_and_days_are_those_of(postgres_schema_store, first, second)


def test_the_percentile_of_a_day_is_not_that_of_its_hours(schema_store: SchemaStore) -> None:
    save(schema_store, [(0, minute, 1.0 if minute < 60 else float(minute)) for minute in range(120)])
    list(downsample(schema_store, LATER))
    (statistics,) = points(schema_store, DailyPoint).values()
    assert statistics[-1] == 113.0


def test_again_nothing_is_written(schema_store: SchemaStore) -> None:
    save(schema_store, [(0, 0, 1.0)])
    assert list(downsample(schema_store, LATER)) == [1, 1]
    save(schema_store, [(0, 0, 1.0)], snapshot_id=2)
    assert list(downsample(schema_store, LATER)) == [0, 0]
    assert stale(schema_store, LATER) == []


def test_an_incomplete_hour_waits(schema_store: SchemaStore) -> None:
    save(schema_store, [(0, 0, 1.0), (0, 60, 2.0)])
    list(downsample(schema_store, at(1.5)))
    assert {start for _, start in points(schema_store, HourlyPoint)} == {at(0)}
    assert points(schema_store, DailyPoint) == {}


def test_an_hour_whose_samples_partly_expired_keeps_its_fuller_points(schema_store: SchemaStore) -> None:
    save(schema_store, [(0, minute, float(minute)) for minute in range(10)])
    list(downsample(schema_store, LATER))
    with schema_store.transaction() as session:
        session.execute(delete(FinePoint))
    save(schema_store, [(0, 30, 99.0)])
    list(downsample(schema_store, LATER))
    (statistics,) = points(schema_store, HourlyPoint).values()
    assert statistics[0] == 10


@contextmanager
def first_change(engine: Engine) -> Iterator[threading.Event]:
    """Yields an event that is set when another transaction begins a change."""
    begun = threading.Event()

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            begun.set()

    def watch_begin(connection: Connection) -> None:
        if takes_lock(connection):
            begun.set()

    event.listen(engine, "before_cursor_execute", watch)
    event.listen(engine, "begin", watch_begin)
    yield begun
    event.remove(engine, "before_cursor_execute", watch)
    event.remove(engine, "begin", watch_begin)


@pytest.mark.parametrize("snapshot_id", [1, 2])
def test_samples_that_are_written_meanwhile_count(schema_store: SchemaStore, snapshot_id: int) -> None:
    save(schema_store, [(0, 0, 1.0)])
    with ThreadPoolExecutor(1) as pool:
        with schema_store.transaction() as session:
            write(session, snapshot_id, [MetricPoint(series(), at(0.5), 2.0)])
            with first_change(schema_store.engine) as begun:
                meanwhile = pool.submit(lambda: list(downsample(schema_store, LATER)))
                assert begun.wait(60)
        meanwhile.result()
    list(downsample(schema_store, LATER))
    assert [count for count, *_ in points(schema_store, HourlyPoint).values()] == [2]
    assert stale(schema_store, LATER) == []
