"""The members that a database trigger stores are those of the bindings, however the bindings were written."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingMember
from db.schema_db.store import SchemaStore
from insights.access.answers import known_names
from shared.history import BindingEntry
from tests.support import access_world as world


def kept(session: Session) -> list[str]:
    return sorted(session.scalars(select(BindingMember.member)))


def members(session: Session) -> list[str]:
    return sorted(session.scalars(select(Binding.member).distinct()))


@pytest.mark.parametrize("count", [3, 400], ids=["inserted", "copied"])
def test_each_member_is_kept_once(schema_store: SchemaStore, count: int) -> None:
    entries = [BindingEntry(role, f"user:p{n}@example.com") for n in range(count) for role in (world.VIEWER, "roles/x")]
    with schema_store.transaction() as session:
        world.grant(session, world.BUCKET, *entries)
        again = *entries[:4], BindingEntry(world.VIEWER, world.BOB)
        world.grant(session, world.DATASET, *again, number=2, seen_at=world.OLD + world.DAY)
        assert kept(session) == members(session)
        assert len(kept(session)) == count + 1


def test_a_transaction_that_rolls_back_keeps_no_member(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        world.grant(session, world.BUCKET, BindingEntry(world.VIEWER, world.BOB))
        assert kept(session) == [world.BOB]
        session.rollback()
    with schema_store.reading() as session:
        assert kept(session) == []


def test_names_are_found_once_among_members_with_bindings(session: Session) -> None:
    world.grant(session, world.BUCKET, BindingEntry(world.VIEWER, world.BOB), BindingEntry("roles/x", world.ALICE))
    session.add_all([BindingMember(member=world.BOB), BindingMember(member=world.DAVE)])
    session.flush()
    assert known_names.principals(session, "example.com") == [world.ALICE, world.BOB]
    assert known_names.principals(session, "carol") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("mart", [world.DATASET]), ("example-project.mart", [world.DATASET]), ("gs://example-raw", [world.BUCKET]), ("art.x", [])],
)  # fmt: skip
def test_resources_are_found_by_parts_of_their_names(session: Session, text: str, found: list[str]) -> None:
    for number, resource in enumerate((world.BUCKET, world.DATASET), 1):
        seen_at = world.OLD + number * world.DAY
        world.grant(session, resource, BindingEntry(world.VIEWER, world.BOB), number=number, seen_at=seen_at)
    assert [(each.name, each.grants) for each in known_names.resources(session, text, world.NOW)] == [
        (name, 1) for name in found
    ]
