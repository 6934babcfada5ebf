"""The members that an address can represent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.access import queries
from insights.access.principals import members_called
from shared.history import BindingEntry, ServiceAccountRow
from tests.support.access_world import ALICE, ANALYSTS, BOB, BUCKET, DAVE, NOW, PROJECT, VIEWER, act, grant, members

ROBOT = "serviceAccount:robot@example.com"


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    with schema_store.transaction() as session:
        grant(session, BUCKET, BindingEntry(VIEWER, ANALYSTS), BindingEntry(VIEWER, "domain:example.com"))
        yield session


def test_the_address_of_a_group_is_the_group(session: Session) -> None:
    found = queries.of(session, "Analysts@example.com", NOW)
    assert (found.rows[0].principal, found.rows[0].grant.member) == (ANALYSTS, ANALYSTS)
    assert not any("never seen" in note for note in found.notes)


def test_a_domain_is_a_domain(session: Session) -> None:
    assert {row.grant.member for row in queries.of(session, "example.com", NOW).rows} == {"domain:example.com"}


def test_members_seen_in_a_group_a_log_or_as_an_account_are_known(session: Session) -> None:
    members(session, "group:team@example.com", BOB)
    act(session, DAVE)
    write(session, 1, [ServiceAccountRow("robot@example.com", PROJECT, NOW)])
    for member in ("group:team@example.com", BOB, DAVE, ROBOT):
        assert members_called(session, member.partition(":")[2]) == ([member], [])
        assert members_called(session, member) == ([member], [])


def test_two_members_of_one_address_are_both_expected(session: Session) -> None:
    grant(
        session,
        "//storage.googleapis.com/b",
        BindingEntry(VIEWER, ALICE),
        BindingEntry(VIEWER, ALICE.replace("user", "group")),
    )
    rows = queries.of(session, "alice@example.com", NOW).rows
    assert {row.principal for row in rows if not row.path} == {ALICE, "group:alice@example.com"}


def test_an_unknown_address_is_reported_with_the_members_that_were_tried(session: Session) -> None:
    never = (
        "nobody@x.com was never seen in a binding, a group or a log, neither as user nor as serviceAccount nor as group"
    )
    members, (note,) = members_called(session, "nobody@x.com")
    assert (members, note.en) == (["user:nobody@x.com"], never)
    assert queries.of(session, "nobody@x.com", NOW).notes[0] == never


def test_a_member_that_was_never_seen_is_reported(session: Session) -> None:
    (member,), (note,) = members_called(session, "group:Nobody@x.com")
    assert (member, note.en) == (
        "group:nobody@x.com",
        "group:nobody@x.com was never seen in a binding, a group or a log",
    )


def test_everybody_needs_not_be_seen(session: Session) -> None:
    assert members_called(session, "allUsers") == (["allUsers"], [])
