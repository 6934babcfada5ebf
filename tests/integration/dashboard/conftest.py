from __future__ import annotations

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from tests.support.dashboard import Dashboard, Visitor


@pytest.fixture
def dashboard(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> Dashboard:
    """The dashboard on empty databases."""
    return Dashboard(sqlite_store, sqlite_schema_store)


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    """The person at the machine that runs the dashboard."""
    return dashboard.local()
