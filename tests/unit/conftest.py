"""Fixtures of most tests on the Schema DB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from db.schema_db.store import SchemaStore
from tests.support.access_world import roles


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    """An open transaction on a history that contains only roles."""
    with schema_store.transaction() as session:
        roles(session)
        yield session
