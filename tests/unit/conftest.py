"""What most tests of the Schema DB ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from db.schema_db.store import SchemaStore
from tests.support.access_world import roles


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    """An open transaction on a history in which only the roles are known."""
    with schema_store.transaction() as session:
        roles(session)
        yield session
