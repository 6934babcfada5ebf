"""Rows are deleted after their retention, and not before."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, select, text

from db.migrate import SCHEMA_DB, current_differs
from db.schema_db import partitions, retention
from db.schema_db.models import Coverage, FinePoint, JobRun, Snapshot, TableSize, UserAction
from db.schema_db.retention import RetentionDays
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import CoverageRow, MetricPoint, Row
from tests.support.history import TEN, action, at, job, series, size

DAY = timedelta(days=1)
KEPT = RetentionDays(fine=14, hourly=365, jobs=30, actions=60, snapshots=40)


def save(store: SchemaStore, *rows: Row) -> None:
    with store.transaction() as session:
        write(session, 1, rows)


def count(store: SchemaStore, model: Any) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def wait_for_waiting(store: SchemaStore, wanted: int) -> None:
    """Waits until that many sessions wait for a lock. Uses its own connection, because those of the store are in use."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    engine = create_engine(store.engine.url)
    deadline, found = time.monotonic() + 60, -1
    while found != wanted:
        assert time.monotonic() < deadline, f"{found} wait for a lock"
        time.sleep(0.01)
        with engine.connect() as connection:
            found = connection.scalar(query) or 0
    engine.dispose()


def forget(store: SchemaStore, now: datetime = TEN) -> None:
    list(retention.forget(store, now, KEPT))


def test_logs_whose_actions_were_deleted_are_no_evidence(schema_store: SchemaStore) -> None:
    subjects = ("admin_activity/projects/p", "data_access/projects/p", "group/g@example.com")
    with schema_store.transaction() as session:
        for subject in subjects:
            write(session, 1, [CoverageRow(subject, TEN - 100 * DAY, TEN - 80 * DAY)])
            write(session, 1, [CoverageRow(subject, TEN - 70 * DAY, TEN)])
    forget(schema_store)
    with schema_store.reading() as session:
        found = [(row.subject, (TEN - row.since).days) for row in session.scalars(select(Coverage))]
    assert sorted(found) == [*((subject, 60) for subject in subjects[:2]), (subjects[2], 70), (subjects[2], 100)]


def test_old_jobs_and_sizes_go(schema_store: SchemaStore) -> None:
    old = TEN - 31 * DAY
    save(schema_store, job("old", start_at=old), job("new"), job("unknown", start_at=None), size(day=1), size(day=23))
    forget(schema_store, TEN + 10 * DAY)
    with schema_store.reading() as session:
        assert set(session.scalars(select(JobRun.run_id))) == {"new", "unknown"}
        assert set(session.scalars(select(TableSize.day))) == {TEN.date()}


def test_more_than_a_batch_goes(schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "KEYS", 2)
    save(schema_store, *(job(f"run-{number}", start_at=TEN - 31 * DAY) for number in range(8)))
    forget(schema_store)
    assert count(schema_store, JobRun) == 0


def test_old_samples_and_actions_go(own_schema_store: SchemaStore) -> None:
    old = TEN - 100 * DAY
    save(own_schema_store, MetricPoint(series(), old, 1), MetricPoint(series(), TEN, 1))
    save(own_schema_store, action(hour=old), action())
    forget(own_schema_store)
    assert (count(own_schema_store, FinePoint), count(own_schema_store, UserAction)) == (1, 1)


def test_the_first_and_the_last_done_snapshot_of_a_scope_stay(schema_store: SchemaStore) -> None:
    values = [
        {"collector": "c", "scope": "s", "slot": TEN - days * DAY, "state": state, "started_at": TEN, "taken_at": TEN}
        for days, state in (
            (95, "failed"),
            (90, "done"),
            (85, "done"),
            (80, "done"),
            (70, "failed"),
            (1, "failed"),
        )
    ]
    with schema_store.transaction() as session:
        session.execute(insert(Snapshot), values)
    forget(schema_store)
    with schema_store.reading() as session:
        left = set(session.scalars(select(Snapshot.slot)))
    assert left == {TEN - 90 * DAY, TEN - 80 * DAY, TEN - DAY}


@pytest.fixture
def months(own_schema_postgres_url: str) -> Any:
    from db.engine import make_engine

    engine = make_engine(own_schema_postgres_url)
    yield SchemaStore(engine)
    engine.dispose()


@pytest.mark.postgresql
def test_months_are_made_ahead_once(months: SchemaStore) -> None:
    made = partitions.ensure(months, TEN)
    assert [name for name in made if name.startswith("points_fine")] == [
        f"points_fine_{month}" for month in ("2026_10", "2026_11", "2026_12", "2027_01")
    ]
    assert partitions.ensure(months, TEN) == []


@pytest.mark.postgresql
def test_rows_that_came_before_their_month_move_into_it(months: SchemaStore) -> None:
    save(months, MetricPoint(series(), at(0), 1), MetricPoint(series(), TEN + 300 * DAY, 1), action())
    partitions.ensure(months, TEN)
    with months.reading() as session:
        where = select(text("tableoid::regclass::text")).select_from(FinePoint).order_by(FinePoint.time)
        assert list(session.scalars(where)) == ["points_fine_2026_11", "points_fine_default"]
    save(months, MetricPoint(series(), at(0), 2))
    assert count(months, FinePoint) == 2


@pytest.mark.postgresql
def test_a_writer_waits_while_a_month_is_created_and_finds_it(months: SchemaStore) -> None:
    october = TEN - 30 * DAY
    with ThreadPoolExecutor(2) as pool:
        with months.transaction() as session:
            write(session, 1, [action(hour=october)])
            making = pool.submit(partitions.ensure, months, TEN)
            wait_for_waiting(months, 1)
            writing = pool.submit(save, months, action(hour=october + timedelta(hours=1)))
            wait_for_waiting(months, 2)
        assert "user_actions_2026_10" in making.result(300)
        writing.result(300)
    assert count(months, UserAction) == 2


@pytest.mark.postgresql
def test_a_reader_waits_while_a_month_is_created_and_finds_its_rows(months: SchemaStore) -> None:
    october = TEN - 30 * DAY
    save(months, action(hour=october), action(hour=october + timedelta(hours=1)))
    with ThreadPoolExecutor(2) as pool:
        with months.transaction() as session:
            session.execute(text("CREATE TABLE user_actions_2026_10 ()"))  # the month has to wait for the name
            making = pool.submit(partitions.ensure, months, TEN)
            wait_for_waiting(months, 1)
            reading = pool.submit(count, months, UserAction)
            wait_for_waiting(months, 2)
            session.rollback()
        assert "user_actions_2026_10" in making.result(300)
        assert reading.result(300) == 2


@pytest.mark.postgresql
def test_a_month_is_dropped_when_all_of_it_has_expired(months: SchemaStore) -> None:
    partitions.ensure(months, TEN)
    save(months, MetricPoint(series(), datetime(2026, 10, 31, tzinfo=UTC), 1))
    forget(months, datetime(2026, 11, 14, tzinfo=UTC))
    assert count(months, FinePoint) == 1
    forget(months, datetime(2026, 11, 15, tzinfo=UTC))
    assert count(months, FinePoint) == 0
    with months.reading() as session:
        assert "points_fine_2026_10" not in partitions.partitions(session)


@pytest.mark.postgresql
def test_months_are_no_difference_from_the_models(months: SchemaStore) -> None:
    partitions.ensure(months, TEN)
    assert current_differs(months.engine.url.render_as_string(hide_password=False), SCHEMA_DB) == []


def test_sqlite_has_no_months(schema_sqlite_url: str) -> None:
    from db.engine import make_engine

    engine = make_engine(schema_sqlite_url)
    assert partitions.ensure(SchemaStore(engine), TEN) == []
    engine.dispose()
