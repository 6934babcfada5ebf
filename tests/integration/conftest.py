from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from shared.config import Settings
from tests.support.handling import BUCKET, GRANT, Desk


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    """A Cloud Storage with one public bucket."""
    with StorageServer() as server:
        server.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
        yield server


@pytest.fixture
def desk(store: ErrorStore, storage: StorageServer) -> Desk:
    """Handlers that can repair buckets; no rule is applied yet."""
    return Desk(store, Settings(storage_endpoint=storage.url))
