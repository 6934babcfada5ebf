from __future__ import annotations

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo.platform.storage import StorageServer
from shared.config import Settings
from tests.support.dashboard import Dashboard, Visitor
from tests.support.handling import BUCKET, GRANT, Desk


@pytest.fixture
def dashboard(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> Dashboard:
    """The dashboard on empty databases."""
    return Dashboard(sqlite_store, sqlite_schema_store)


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    """A visitor on the machine that runs the dashboard."""
    return dashboard.local()


@pytest.fixture
def desk(sqlite_store: ErrorStore, storage: StorageServer) -> Desk:
    """Handlers that can repair a public bucket."""
    storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
    return Desk(sqlite_store, Settings(storage_endpoint=storage.url))


@pytest.fixture
def site(desk: Desk, sqlite_schema_store: SchemaStore) -> Dashboard:
    """The dashboard at the time of the desk."""
    return Dashboard(desk.store, sqlite_schema_store, lambda: desk.now)
