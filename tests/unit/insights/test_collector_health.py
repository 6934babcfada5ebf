"""History collectors that stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, FAILED
from db.schema_db.store import SchemaStore
from insights.collector_health import DeadCollector, dead, has_snapshots
from shared.history import ExpectedCollector
from tests.support.findings import NOON

pytestmark = pytest.mark.sqlite

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOBS = "bigquery.jobs"
PLACE = "projects/a"


def ran(
    session: Session, hours: float, state: str = DONE, name: str = JOBS, scope: str = PLACE, attempts: int = 1
) -> None:
    """A run that many hours ago."""
    time = NOON - timedelta(hours=hours)
    error = "403 denied" if state == FAILED else None
    session.add(
        Snapshot(
            collector=name,
            scope=scope,
            slot=time,
            state=state,
            started_at=time,
            taken_at=time,
            finished_at=time,
            attempts=attempts,
            error=error,
        )
    )
    session.flush()


def found(schema: SchemaStore, every: timedelta = HOUR, now: datetime = NOON) -> list[DeadCollector]:
    expected = {
        JOBS: ExpectedCollector(every, (PLACE, "projects/b")),
        "storage.buckets": ExpectedCollector(HOUR, (PLACE,)),
    }
    with schema.reading() as session:
        return dead(session, expected, now)


def names(schema: SchemaStore, every: timedelta = HOUR) -> list[str]:
    return [one.name for one in found(schema, every)]


@pytest.fixture
def schema(schema_store: SchemaStore) -> SchemaStore:
    """A history in which another collector works."""
    with schema_store.transaction() as session:
        ran(session, 0.5, name="storage.buckets")
    return schema_store


@pytest.mark.both_databases
def test_a_history_that_never_ran_has_no_dead_collector(schema_store: SchemaStore) -> None:
    assert found(schema_store) == []
    with schema_store.reading() as session:
        assert not has_snapshots(session)


def test_a_collector_that_succeeded_lately_is_not_dead(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        ran(session, 2.9)
    assert names(schema) == []


def test_a_collector_without_success_for_three_intervals_is_dead(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        ran(session, 3.1)
    assert found(schema) == [DeadCollector(JOBS, NOON - timedelta(hours=3.1), (PLACE,), "")]
    assert names(schema, DAY) == []


def test_a_collector_that_failed_three_times_is_dead_before_its_intervals_have_passed(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        ran(session, 10)
        ran(session, 2, FAILED, attempts=2)
    assert names(schema, DAY) == []
    with schema.transaction() as session:
        ran(session, 1, FAILED)
    assert found(schema, DAY) == [DeadCollector(JOBS, NOON - timedelta(hours=10), (PLACE,), "403 denied")]


def test_a_success_ends_a_series_of_failures(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        for hours in (4, 3, 2):
            ran(session, hours, FAILED)
        ran(session, 1)
    assert names(schema) == []


def test_the_scopes_of_a_collector_are_one_dead_collector(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        ran(session, 5, scope="projects/b")
        ran(session, 7)
    assert found(schema)[0].scopes == (PLACE, "projects/b")
    assert found(schema)[0].since == NOON - timedelta(hours=7)


@pytest.mark.both_databases
def test_a_scope_that_is_no_longer_expected_is_left_out(schema: SchemaStore) -> None:
    with schema.transaction() as session:
        ran(session, 500, scope="projects/gone")
    assert names(schema) == []


def test_when_nothing_runs_the_whole_history_is_dead(schema: SchemaStore) -> None:
    (one,) = found(schema, now=NOON + timedelta(hours=3))
    assert (one.name, one.since) == ("history_analysis", NOON - timedelta(hours=0.5))
