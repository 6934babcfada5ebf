from __future__ import annotations

import pytest

from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from shared.config import Settings
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import Dashboard
from tests.support.handling import BUCKET, GRANT, Desk


@pytest.fixture
def api(dashboard: Dashboard) -> ApiClient:
    """A program whose token has every scope."""
    return ApiClient(dashboard.local(), new_token(dashboard.error_store))


@pytest.fixture
def desk(sqlite_store: ErrorStore, storage: StorageServer) -> Desk:
    """Handlers that can repair the public bucket."""
    storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
    return Desk(sqlite_store, Settings(storage_endpoint=storage.url))
