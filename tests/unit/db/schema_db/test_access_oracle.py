"""The answers about access equal a plain evaluation of all policies over time, on random histories."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from db.schema_db import access
from db.schema_db.access_model import Access, Change, Grant
from db.schema_db.models import Base, GroupMember
from db.schema_db.store import SchemaStore
from tests.support.policies import (
    ANCESTORS,
    CONDITIONS,
    HOURS,
    MANAGER,
    History,
    at,
    histories,
    look,
    play,
)

EXAMPLES = settings(
    deadline=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEEPER = "user:keeper@example.com"
ALICE, BOB, ANALYSTS = "user:alice@example.com", "user:bob@example.com", "group:analysts@example.com"
Key = tuple[str, str, str, int]
moments = st.integers(0, HOURS * 60).map(at)


def fill(store: SchemaStore, history: History, joined: tuple[datetime, datetime], late: set[str]) -> None:
    """Bob is in the group for a while; Alice never is."""
    with store.transaction() as session:
        for table in Base.metadata.sorted_tables:
            session.execute(delete(table))
        play(session, history, late)
        since, until = joined
        session.add(GroupMember(group="analysts@example.com", member=BOB, valid_from=since, valid_to=until))


def key_of(grant: Grant) -> Key:
    return (grant.resource, grant.role, grant.member, CONDITIONS.index(grant.condition))


def holding(history: History, time: datetime) -> set[Key]:
    return {key for key in history.turns if history.holds(key, time)}


def last_look(time: datetime) -> int:
    """The hour of the snapshot that had looked last; of the first one when none had."""
    return max((hour for hour in range(HOURS + 1) if look(hour) <= time), default=0)


def told(rows: list[Access]) -> set[tuple[str, Key]]:
    return {(row.principal, key_of(row.grant)) for row in rows if row.grant.member != KEEPER}


@st.composite
def cases(draw: st.DrawFn) -> tuple[History, tuple[datetime, datetime], set[str]]:
    history = draw(histories())
    history.keeper = KEEPER
    history.away = draw(st.sets(st.integers(0, HOURS)))
    names = [change.event_key for change in history.changes()]
    since, until = sorted((draw(moments), draw(moments)))
    return history, (since, until), set(draw(st.lists(st.sampled_from(names), unique=True)))


@EXAMPLES
@given(case=cases(), resource=st.sampled_from(list(ANCESTORS)), time=moments)
def test_who_has_access_to_a_resource(
    schema_store: SchemaStore,
    case: tuple[History, tuple[datetime, datetime], set[str]],
    resource: str,
    time: datetime,
) -> None:
    history, joined, late = case
    fill(schema_store, history, joined, late)
    above = {resource, *(f"{MANAGER}/{ancestor}" for ancestor in history.ancestors(resource, last_look(time)))}
    expected = {(key[2], key) for key in holding(history, time) if key[0] in above}
    if joined[0] <= time < joined[1]:
        expected |= {(BOB, key) for _, key in expected if key[2] == ANALYSTS}
    with schema_store.reading() as session:
        rows = access.who(session, resource, time).rows
    assert told(rows) == expected
    assert all(row.inherited == (row.level != resource) for row in rows)


@EXAMPLES
@given(case=cases(), principal=st.sampled_from([ALICE, BOB, ANALYSTS]), time=moments)
def test_what_a_principal_has_access_to(
    schema_store: SchemaStore,
    case: tuple[History, tuple[datetime, datetime], set[str]],
    principal: str,
    time: datetime,
) -> None:
    history, joined, late = case
    fill(schema_store, history, joined, late)
    members = {principal, "allUsers"}
    if principal == BOB and joined[0] <= time < joined[1]:
        members.add(ANALYSTS)
    expected = {(principal, key) for key in holding(history, time) if key[2] in members}
    with schema_store.reading() as session:
        assert told(access.of(session, principal, time).rows) == expected


def turned(history: History, start: datetime, end: datetime) -> dict[Key, Change]:
    found: dict[Key, Change] = {}
    for key, minutes in history.turns.items():
        if any(start < at(minute) <= end for minute in minutes):
            both = (history.holds(key, start), history.holds(key, end))
            kinds = {(False, True): Change.GRANTED, (True, False): Change.REVOKED, (True, True): Change.REGRANTED}
            found[key] = kinds.get(both, Change.TEMPORARY)
    return found


@EXAMPLES
@given(case=cases(), one=moments, other=moments)
def test_what_changed_between_two_times(
    schema_store: SchemaStore,
    case: tuple[History, tuple[datetime, datetime], set[str]],
    one: datetime,
    other: datetime,
) -> None:
    history, joined, late = case
    start, end = sorted((one, other))
    fill(schema_store, history, joined, late)
    with schema_store.reading() as session:
        changed = [(item.grants[0], item.change) for item in access.diff(session, start, end)]
    found = {key_of(grant): change for grant, change in changed if grant.member != KEEPER}
    assert found == turned(history, start, end)


@pytest.mark.parametrize("hours", [0, HOURS])
def test_at_the_edges_of_history_nothing_breaks(schema_store: SchemaStore, hours: int) -> None:
    with schema_store.reading() as session:
        empty: Session = session
        assert access.who(empty, next(iter(ANCESTORS)), at(hours * 60)).rows == []
        assert access.of(empty, ALICE, at(hours * 60)).rows == []
        assert access.diff(empty, at(0), at(hours * 60)) == []
