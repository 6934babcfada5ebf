from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import main
from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from shared.config import Settings
from tests.support import call_recorder, declared_permissions, kept_calls, shipped_rules
from tests.support.handling import BUCKET, GRANT, Desk
from tests.support.world import World, application_on

shipped_rules.share()
setattr(main, "Engine", shipped_rules.engine_of)  # noqa: B010 - mypy allows no function for a class


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    """A Cloud Storage with one public bucket."""
    with StorageServer() as server:
        server.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
        yield server


@pytest.fixture
def desk(store: ErrorStore, storage: StorageServer) -> Desk:
    """Handlers that can repair buckets, without handler rules."""
    return Desk(store, Settings(storage_endpoint=storage.url))


@pytest.fixture(scope="session", autouse=True)
def recorded_calls() -> None:
    """Records the calls to servers, including servers that the tests of a module share."""
    call_recorder.install()


@pytest.fixture(scope="session")
def permissions_by_part(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The declared permissions of each part."""
    return declared_permissions.declared(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(autouse=True)
def needs_only_declared_permissions(request: pytest.FixtureRequest, session_folder: Path) -> Iterator[None]:
    """Fails a flow's test if a part makes an unknown call, or a call whose permission it does not declare."""
    if not set(declared_permissions.FLOWS) & set(request.path.parents):
        yield
        return
    permissions = request.getfixturevalue("permissions_by_part")
    of_fixtures = call_recorder.take()
    yield
    calls = call_recorder.take()
    if kept_calls.is_wanted(request.node):
        kept_calls.keep(session_folder, request.node.nodeid, of_fixtures | calls)
    assert declared_permissions.unknown(calls) == []
    assert declared_permissions.undeclared(calls, permissions) == set()


@pytest.fixture
def world(error_db_url: str, store: ErrorStore) -> World:
    """The function on an empty Error DB."""
    return World(application_on(store, HINOMI_ERROR_DB_URL=error_db_url), store.engine)
