"""Answers about access equal a naive evaluation of all policies over time, on random histories.

Grants come, go and come again, some with conditions. The project moves between folders. Groups are nested, also in
cycles. Convenience values represent members with a basic role. Snapshots miss a grant, and run concurrently. Deltas
arrive late or out of order.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db.schema_db.models import SchemaBase
from db.schema_db.store import SchemaStore
from insights.access import queries
from insights.access.model import Access, AccessGrant, GrantChange
from tests.support import databases
from tests.support.examples import generated
from tests.support.policies import (
    ALICE,
    ANCESTORS,
    BOB,
    BUCKET,
    CONDITIONS,
    DATASET,
    DOMAIN,
    GROUPS,
    HOURS,
    KEEPER,
    MANAGER,
    OTHER_FOLDER,
    PROJECT_NAME,
    PROJECT_VIEWER,
    RICH,
    VIEWER,
    Key,
    PolicyHistory,
    at,
    moving,
    observed_at,
    play,
)

pytestmark = pytest.mark.slow

HALF_HOURS = [at(minute) for minute in range(15, HOURS * 60, 30)]
moments = st.lists(st.integers(0, HOURS * 60).map(at), min_size=3, max_size=3)


def fill(store: SchemaStore, history: PolicyHistory) -> None:
    with store.transaction() as session:
        databases.clear(session.connection(), SchemaBase.metadata)
        play(session, history)


def requested(history: PolicyHistory, times: list[datetime]) -> list[datetime]:
    """The times for queries: these, and some times of changes, each with a second before."""
    minutes = [minute for turns in history.turns.values() for minute in turns][:: len(history.turns)][:3]
    return sorted({*times, *map(at, minutes), *(at(minute) - timedelta(seconds=1) for minute in minutes)})


def key_of(grant: AccessGrant) -> Key:
    return (grant.resource, grant.role, grant.member, CONDITIONS.index(grant.condition))


def holding(history: PolicyHistory, time: datetime) -> set[Key]:
    return {key for key in history.turns if history.holds(key, time)}


def last_snapshot(time: datetime) -> int:
    """The hour of the last snapshot; of the first one if there was none."""
    return max((hour for hour in range(HOURS + 1) if observed_at(hour) <= time), default=0)


def inside(history: PolicyHistory, member: str, time: datetime) -> set[str]:
    """The members of a group, including indirect ones; nobody if it is not a group, or before the first observation of groups."""
    found: set[str] = set()
    border = {member} if time >= observed_at(0) else set()
    while border:
        existing = set().union(*(history.members(group, last_snapshot(time)) for group in border))
        border = existing - found
        found |= existing
    return found - {member}


def intended(history: PolicyHistory, member: str, time: datetime) -> set[str]:
    """The principals that a member represents: itself, and the known members of its group."""
    found = {member}
    if member == PROJECT_VIEWER:
        found |= {key[2] for key in holding(history, time) if key[:2] == (PROJECT_NAME, VIEWER)}
    return found.union(*(inside(history, each, time) for each in found))


def answered(rows: list[Access]) -> set[tuple[str, Key]]:
    return {(row.principal, key_of(row.grant)) for row in rows if row.grant.member != KEEPER}


def who_has_access(session: Session, history: PolicyHistory, times: list[datetime]) -> None:
    for time in requested(history, times):
        for resource in (BUCKET, DATASET, OTHER_FOLDER):
            rows = queries.who(session, resource, time).rows
            above = {f"{MANAGER}/{name}" for name in history.ancestors(resource, last_snapshot(time))}
            keys = [key for key in holding(history, time) if key[0] in above | {resource}]
            expected = {(principal, key) for key in keys for principal in intended(history, key[2], time)}
            assert (time, resource, answered(rows)) == (time, resource, expected)
            assert all(row.inherited == (row.grant.resource != resource) for row in rows)


def principal_has_access(session: Session, history: PolicyHistory, times: list[datetime]) -> None:
    for time in requested(history, times):
        for principal in (ALICE, BOB, GROUPS[0]):
            everybody = {principal, "allUsers", DOMAIN}
            expected = {
                (principal, key)
                for key in holding(history, time)
                if not everybody.isdisjoint(intended(history, key[2], time))
            }
            rows = queries.of(session, principal, time).rows
            assert (time, principal, answered(rows)) == (time, principal, expected)


def turned(history: PolicyHistory, start: datetime, end: datetime) -> dict[Key, GrantChange]:
    found: dict[Key, GrantChange] = {}
    for key, minutes in history.turns.items():
        if any(start < at(minute) <= end for minute in minutes):
            both = (history.holds(key, start), history.holds(key, end))
            kinds = {
                (False, True): GrantChange.GRANTED,
                (True, False): GrantChange.REVOKED,
                (True, True): GrantChange.REGRANTED,
            }
            found[key] = kinds.get(both, GrantChange.TEMPORARY)
    return found


def changed_between(session: Session, history: PolicyHistory, times: list[datetime]) -> None:
    start, *ends = requested(history, times)
    for end in [start, *ends]:
        changed = [(item.grants[0], item.change) for item in queries.diff(session, start, end)]
        found = {key_of(grant): change for grant, change in changed if grant.member != KEEPER}
        assert (start, end, found) == (start, end, turned(history, start, end))
        start = max(start, end - timedelta(hours=2))


def answers_are_right(schema_store: SchemaStore, history: PolicyHistory, times: list[datetime]) -> None:
    """Asserts the answers of all three queries on one history, because writing a history takes as long as querying it."""
    fill(schema_store, history)
    with schema_store.reading() as session:
        who_has_access(session, history, times)
        principal_has_access(session, history, times)
        changed_between(session, history, times)


@generated(5)
@example(history=RICH, times=HALF_HOURS[1::2])
@given(history=moving(), times=moments)
def test_access_of_resources_grants_of_principals_and_changes_are_correct(
    sqlite_schema_store: SchemaStore, history: PolicyHistory, times: list[datetime]
) -> None:
    answers_are_right(sqlite_schema_store, history, times)


@pytest.mark.postgresql
def test_the_same_is_true_on_postgresql(postgres_schema_store: SchemaStore) -> None:
    """Uses times between those that are tested on SQLite."""
    answers_are_right(postgres_schema_store, RICH, HALF_HOURS[::2])


@pytest.mark.sqlite
@pytest.mark.parametrize("hours", [0, HOURS])
def test_at_the_edges_of_history_nothing_breaks(schema_store: SchemaStore, hours: int) -> None:
    with schema_store.reading() as session:
        assert queries.who(session, next(iter(ANCESTORS)), at(hours * 60)).rows == []
        assert queries.of(session, ALICE, at(hours * 60)).rows == []
        assert queries.diff(session, at(0), at(hours * 60)) == []
