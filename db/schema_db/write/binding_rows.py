"""Bulk writes of bindings and resources: COPY on PostgreSQL, multi-row inserts on SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert as plain_insert
from sqlalchemy.orm import Session

from db.insert import insert
from db.schema_db.models import Binding, FormerAncestors, Resource

COLUMNS = (
    "resource", "role", "member", "condition_key", "condition", "valid_from", "valid_to",
    "exact_from", "exact_to", "granted_by", "revoked_by", "seen_by", "missing_since",
)  # fmt: skip
_DEFAULTS = {"exact_from": False, "exact_to": False}
WORTH_COPYING = 200
# The policy_key of a resource whose open bindings the next snapshot has to compare.
UNCONFIRMED = ""


def insert_bindings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts bindings; the caller has locked their resources. Missing keys of a row become null or false."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql" and len(rows) >= WORTH_COPYING:
        _copy(session, rows)
        return
    complete = [{name: row.get(name, _DEFAULTS.get(name)) for name in COLUMNS} for row in rows]
    session.execute(plain_insert(Binding), complete)


def upsert_resources(session: Session, rows: Sequence[dict[str, Any]], *, keep: bool = False) -> None:
    """Writes whole rows of resources; `keep` leaves existing rows unchanged."""
    if not rows:
        return
    statement = insert(session, Resource)
    if keep:
        statement = statement.on_conflict_do_nothing()
    else:
        values = {name: statement.excluded[name] for name in rows[0] if name != "name"}
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)
    session.connection().execute(statement, list(rows))


def insert_former_ancestors(session: Session, moved: Iterable[tuple[str, datetime, Sequence[str]]]) -> None:
    """Stores the previous ancestors of resources, up to the time at which a snapshot saw them elsewhere."""
    rows = [{"resource": name, "until": until, "ancestors": list(ancestors)} for name, until, ancestors in moved]
    if rows:
        session.connection().execute(insert(session, FormerAncestors).on_conflict_do_nothing(), rows)


def _copy(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    driver: Any = session.connection().connection.driver_connection
    names = ", ".join(COLUMNS)
    with driver.cursor() as cursor, cursor.copy(f"COPY bindings ({names}) FROM STDIN") as copy:
        for row in rows:
            values = [row.get(name, _DEFAULTS.get(name)) for name in COLUMNS]
            values[4] = json.dumps(values[4]) if values[4] is not None else None
            copy.write_row(values)
