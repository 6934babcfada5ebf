"""Fixtures of most tests on the Schema DB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from db.schema_db.models import metadata
from db.schema_db.store import SchemaStore
from tests.support import shipped_rules
from tests.support.access_world import roles

shipped_rules.share()


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    """An open transaction on a Schema DB that contains only roles."""
    with schema_store.transaction() as session:
        _write_roles(session)
        yield session


# The rows of `roles`, which are equal in every test.
_role_rows: dict[Table, list[dict[str, Any]]] = {}


def _write_roles(session: Session) -> None:
    if not _role_rows:
        roles(session)
        rows_by_table = {table: session.execute(select(table)).mappings().all() for table in metadata.sorted_tables}
        _role_rows.update({table: [dict(row) for row in rows] for table, rows in rows_by_table.items() if rows})
        return
    for table, rows in _role_rows.items():
        session.execute(insert(table), rows)
