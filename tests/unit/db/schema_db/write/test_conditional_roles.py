"""A role with a suffix in an audit entry is the role that a snapshot shows with a condition."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import BindingChangeRow, BindingEntry
from tests.support.access_world import ALICE, BUCKET, NOW, VIEWER, see

UNTIL = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"}
INSIDE = {"expression": "resource.name.startsWith('x')", "title": "inside x"}
MASKED = f"{VIEWER}_withcond_2b17cc25d2cd9e2c54d8"
HOUR = timedelta(hours=1)


def output(session: Session) -> list[tuple[str, str | None, datetime, bool, str | None]]:
    rows = session.scalars(select(Binding).order_by(Binding.condition_key))
    return [
        (row.role, (row.condition or {}).get("title"), row.valid_from, row.exact_from, row.granted_by) for row in rows
    ]


def change(session: Session, time: datetime, action: str = "ADD") -> None:
    write(session, 1, [BindingChangeRow(f"e{time}", time, BUCKET, action, MASKED, ALICE, "carol@example.com")])


def test_a_change_that_comes_first_waits_for_the_snapshot(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        see(session, 1, NOW - 2 * HOUR, {BUCKET: []})
        change(session, NOW - HOUR)
        assert output(session) == []
        see(session, 2, NOW, {BUCKET: [BindingEntry(VIEWER, ALICE, UNTIL)]})
        assert output(session) == [(VIEWER, "until 2027", NOW - HOUR, True, "carol@example.com")]


def test_a_change_that_comes_later_gives_the_time(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        see(session, 1, NOW - 2 * HOUR, {BUCKET: []})
        see(session, 2, NOW, {BUCKET: [BindingEntry(VIEWER, ALICE, UNTIL)]})
        change(session, NOW - HOUR)
        assert output(session) == [(VIEWER, "until 2027", NOW - HOUR, True, "carol@example.com")]
        assert session.scalars(select(BindingChange.reconciled)).all() == [True]


def test_a_revocation_ends_the_conditional_grant(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        see(session, 1, NOW - 2 * HOUR, {BUCKET: [BindingEntry(VIEWER, ALICE, UNTIL), BindingEntry(VIEWER, ALICE)]})
        change(session, NOW - HOUR, "REMOVE")
        ends = {row.condition_key == "": row.valid_to for row in session.scalars(select(Binding))}
        assert ends == {True: None, False: NOW - HOUR}


def test_of_two_conditions_none_is_guessed(schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        see(session, 1, NOW - 2 * HOUR, {BUCKET: []})
        both = [BindingEntry(VIEWER, ALICE, UNTIL), BindingEntry(VIEWER, ALICE, INSIDE)]
        see(session, 2, NOW, {BUCKET: both})
        change(session, NOW - HOUR)
        assert sorted(row[2:4] for row in output(session)) == [(NOW, False), (NOW, False)]
