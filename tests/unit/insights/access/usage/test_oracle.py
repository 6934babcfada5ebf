"""The usage of grants compared with the real calls, in random worlds with gaps in the observation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import event, given

from db.schema_db.models import SchemaBase
from db.schema_db.store import SchemaStore
from insights.access import queries
from insights.access.model import Usage, Use
from tests.support import databases
from tests.support.access_world import NOW
from tests.support.evidence_world import DAYS, DOMAIN, Deed, World, assessed_times, play, worlds
from tests.support.examples import fixed, generated

Key = tuple[str, str]


def answers(store: SchemaStore, world: World) -> dict[Key, Usage]:
    """The usage of each grant; a grant that the report leaves out is used."""
    with store.transaction() as session:
        databases.clear(session.connection(), SchemaBase.metadata)
        play(session, world)
    with store.reading() as session:
        found = {
            (row.grant.resource, row.grant.member): row.usage
            for row in queries.unused(session, NOW, days=DAYS, with_unknown=True)
        }
    return {key: found.get(key, Usage(Use.USED)) for key in world.granted}


def uses(world: World, key: Key) -> list[Deed]:
    return [deed for deed in world.deeds if world.is_use(deed, *key)]


@pytest.mark.slow
@generated(10)
@given(world=worlds())
def test_unused_grants_were_not_used_and_used_ones_have_an_observed_call(
    sqlite_schema_store: SchemaStore, world: World
) -> None:
    start, end = assessed_times()
    always = replace(world, away=(0, 0), turn=0)  # an observation sees changes of groups and roles a day later
    for key, usage in answers(sqlite_schema_store, world).items():
        event(f"{usage.state} {usage.kind}")
        if usage.state is Use.UNUSED:
            assert not [deed for deed in uses(world, key) if start <= deed.time <= end]
        if usage.state is Use.USED:
            assert [deed for deed in uses(always, key) if world.is_logged(deed) and deed.time >= start]


@pytest.mark.slow
@generated(10)
@given(world=worlds())
def test_where_all_is_seen_nothing_is_unknown(sqlite_schema_store: SchemaStore, world: World) -> None:
    start, _ = assessed_times()
    seen = World(
        deeds=[replace(deed, named=True) for deed in world.deeds],
        granted={key: 0 for key in world.granted if key[1] != DOMAIN},
        organization_logs=True,
    )
    for key, usage in answers(sqlite_schema_store, seen).items():
        used = [deed for deed in uses(seen, key) if deed.time >= start]
        assert usage.state is (Use.USED if used else Use.UNUSED)


@pytest.mark.postgresql
@fixed(3)
@given(world=worlds())
def test_postgresql_gives_the_answers_of_sqlite(
    sqlite_schema_store: SchemaStore, postgres_schema_store: SchemaStore, world: World
) -> None:
    assert answers(postgres_schema_store, world) == answers(sqlite_schema_store, world)
