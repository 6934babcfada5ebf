"""Random policies over time: the stored intervals match the real history."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingMember, SchemaBase
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import BindingChangeRow
from tests.support import databases
from tests.support.examples import fixed, generated
from tests.support.policies import (
    ANCESTORS,
    CONDITIONS,
    HOURS,
    Key,
    PolicyHistory,
    at,
    histories,
    observed_at,
    play,
    snapshot,
)


def empty(session: Session) -> None:
    databases.clear(session.connection(), SchemaBase.metadata)


def output(session: Session, time: datetime) -> set[Key]:
    """The grants that are valid according to the database."""
    valid = (Binding.valid_from <= time, (Binding.valid_to.is_(None)) | (Binding.valid_to > time))
    return {
        (row.resource, row.role, row.member, CONDITIONS.index(row.condition))
        for row in session.scalars(select(Binding).where(*valid))
    }


def really(history: PolicyHistory, time: datetime) -> set[Key]:
    return {key for key in history.turns if history.holds(key, time)}


def every_moment_is_right(schema_store: SchemaStore, history: PolicyHistory) -> None:
    with schema_store.transaction() as session:
        empty(session)
        play(session, history)
        for minutes in history.turns.values():
            for minute in minutes:
                for time in (at(minute), at(minute) - timedelta(seconds=1)):
                    assert output(session, time) == really(history, time)
        # Of a binding that a later delta proved wrong the member stays.
        assert set(session.scalars(select(BindingMember.member))) >= set(session.scalars(select(Binding.member)))


def every_observation_is_right(schema_store: SchemaStore, history: PolicyHistory) -> None:
    with schema_store.transaction() as session:
        empty(session)
        for hour in range(HOURS + 1):
            snapshot(session, hour + 1, [history.policy(name, hour) for name in ANCESTORS], observed_at(hour))
        assert [output(session, observed_at(hour)) for hour in range(HOURS - 1)] == seen(history)[:-2]


def seen(history: PolicyHistory) -> list[set[Key]]:
    """The grants that the snapshots show; a missing grant counts if the next snapshot confirms it."""
    observations = [
        {key for key in really(history, observed_at(hour)) if (key, hour) not in history.missed}
        for hour in range(HOURS + 1)
    ]
    for hour in range(1, HOURS):
        observations[hour] |= observations[hour - 1] & observations[hour + 1]
    return observations


def a_second_snapshot_writes_nothing(schema_store: SchemaStore, history: PolicyHistory) -> None:
    history.missed.clear()
    with schema_store.transaction() as session:
        empty(session)
        policies = [history.policy(name, 3) for name in ANCESTORS]
        snapshot(session, 1, policies, observed_at(3))
        before = rows(session)
        assert snapshot(session, 2, policies, observed_at(4)) == 0
        assert rows(session) == before


def rows(session: Session) -> list[tuple[object, ...]]:
    session.expire_all()
    columns = [Binding.resource, Binding.role, Binding.member, Binding.valid_from, Binding.valid_to, Binding.seen_by]
    return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]


CHECKS = (every_moment_is_right, every_observation_is_right, a_second_snapshot_writes_nothing)


@pytest.mark.slow
@generated(16)
@given(history=histories())
def test_with_all_deltas_the_answer_for_every_moment_is_right(
    sqlite_schema_store: SchemaStore, history: PolicyHistory
) -> None:
    every_moment_is_right(sqlite_schema_store, history)


@pytest.mark.slow
@generated(16)
@given(history=histories())
def test_without_deltas_the_answer_for_every_observation_is_right(
    sqlite_schema_store: SchemaStore, history: PolicyHistory
) -> None:
    every_observation_is_right(sqlite_schema_store, history)


@generated(16)
@given(history=histories())
def test_a_second_snapshot_of_the_same_policies_writes_nothing(
    sqlite_schema_store: SchemaStore, history: PolicyHistory
) -> None:
    a_second_snapshot_writes_nothing(sqlite_schema_store, history)


@pytest.mark.postgresql
@fixed(4)
@given(history=histories())
def test_the_same_is_true_on_postgresql(postgres_schema_store: SchemaStore, history: PolicyHistory) -> None:
    for check in CHECKS:
        check(postgres_schema_store, history)


def test_a_repeat_of_a_snapshot_writes_nothing(schema_store: SchemaStore) -> None:
    key: Key = ("//storage.googleapis.com/example-exports", "roles/storage.objectViewer", "allUsers", 1)
    history = PolicyHistory({key: [30]})
    with schema_store.transaction() as session:
        policies = [history.policy(key[0], 1)]
        snapshot(session, 1, policies, observed_at(1))
        before = rows(session)
        assert snapshot(session, 1, policies, observed_at(1)) == 0
        assert rows(session) == before
        assert session.scalars(select(Binding.condition)).one() == CONDITIONS[1]


def test_a_binding_that_is_missed_once_stays(schema_store: SchemaStore) -> None:
    key: Key = ("//storage.googleapis.com/example-exports", "roles/storage.objectViewer", "allUsers", 0)
    history = PolicyHistory({key: [30]}, {(key, 2)})
    with schema_store.transaction() as session:
        for hour in (1, 2, 3):
            snapshot(session, hour, [history.policy(key[0], hour)], observed_at(hour))
        binding = session.scalars(select(Binding)).one()
    assert (binding.valid_from, binding.valid_to, binding.missing_since) == (observed_at(1), None, None)


def test_a_binding_that_is_missed_twice_ended_at_the_first_miss(schema_store: SchemaStore) -> None:
    key: Key = ("//storage.googleapis.com/example-exports", "roles/storage.objectViewer", "allUsers", 0)
    history = PolicyHistory({key: [30, 90]})
    with schema_store.transaction() as session:
        for hour in (1, 2, 3):
            snapshot(session, hour, [history.policy(key[0], hour)], observed_at(hour))
        binding = session.scalars(select(Binding)).one()
    assert (binding.valid_to, binding.exact_to) == (observed_at(2), False)


def test_a_late_revocation_names_the_time_and_the_person(schema_store: SchemaStore) -> None:
    key: Key = ("//storage.googleapis.com/example-exports", "roles/storage.objectViewer", "allUsers", 0)
    history = PolicyHistory({key: [30, 90]})
    with schema_store.transaction() as session:
        for hour in (1, 2, 3):
            snapshot(session, hour, [history.policy(key[0], hour)], observed_at(hour))
        write(session, 99, history.changes())
        binding = session.scalars(select(Binding)).one()
    assert (binding.valid_from, binding.valid_to) == (at(30), at(90))
    assert (binding.granted_by, binding.revoked_by) == ("p0@example.com", "p1@example.com")


def test_an_older_snapshot_that_comes_later_changes_nothing(schema_store: SchemaStore) -> None:
    key: Key = ("//storage.googleapis.com/example-exports", "roles/storage.objectViewer", "allUsers", 0)
    history = PolicyHistory({key: [30, 90]})
    with schema_store.transaction() as session:
        snapshot(session, 5, [history.policy(key[0], 1)], observed_at(1))
        before = rows(session)
        write(session, 4, [history.policy(key[0], 2)])
        assert rows(session) == before


def test_the_same_delta_twice_is_one(schema_store: SchemaStore) -> None:
    change = BindingChangeRow(
        "e1", at(5), "//storage.googleapis.com/b", "ADD", "roles/viewer", "allUsers", "a@example.com"
    )
    with schema_store.transaction() as session:
        assert write(session, 1, [change]) == 1
        assert write(session, 2, [change]) == 0
        assert len(rows(session)) == 1
