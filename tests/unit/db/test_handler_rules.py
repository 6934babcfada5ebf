"""After handler rules are applied, the table matches the file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from db.error_db import handler_rules
from db.error_db.handler_rules import COMMAND, Author
from db.error_db.models import HandlerRule
from db.error_db.store import ErrorStore
from shared.records import StoredRule
from tests.support.findings import NOON, at


@pytest.fixture
def session(store: ErrorStore) -> Iterator[Session]:
    with store.transaction(NOON) as transaction:
        yield transaction.session


def test_rules_are_kept_in_the_order_of_the_file(session: Session) -> None:
    assert handler_rules.replace(session, {"b": {"on": 1}, "a": {"on": 2}}, NOON) == {"b": "added", "a": "added"}
    assert [rule.name for rule in handler_rules.applied(session)] == ["b", "a"]


def test_applying_the_same_file_again_changes_nothing(session: Session) -> None:
    handler_rules.replace(session, {"a": {"on": 1}}, NOON)
    assert handler_rules.replace(session, {"a": {"on": 1}}, at(1)) == {}
    assert handler_rules.applied(session)[0].applied_at == NOON


def test_changed_and_deleted_parts_are_reported(session: Session) -> None:
    handler_rules.replace(session, {"a": {"on": 1}, "b": {"on": 1}}, NOON)
    assert handler_rules.replace(session, {"a": {"on": 2}}, at(1)) == {"a": "changed", "b": "removed"}


@pytest.mark.both_databases
def test_a_change_by_a_release_without_versions_is_recorded_by_the_next_change(session: Session) -> None:
    session.add(HandlerRule(name="a", position=0, enabled=True, spec={"on": 1}, applied_at=NOON))
    session.flush()
    number = handler_rules.save(session, [StoredRule("a", {"on": 2})], Author("alice", COMMAND, "why"), at(1))
    latest, before = handler_rules.versions(session, limit=9)
    assert number == latest.id
    assert (latest.changed_by, latest.changed_at, latest.note) == ("alice", at(1), "why")
    assert latest.rules == (StoredRule("a", {"on": 2}),)
    assert (before.source, before.rules) == ("unknown", (StoredRule("a", {"on": 1}),))
    assert latest.file == before.file == {"a": {"on": 1}}
