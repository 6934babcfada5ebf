"""Real databases for every test that requests one, a clean environment, and no network traffic to the outside."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.migrate import ERROR_DB, SCHEMA_DB
from db.schema_db.store import SchemaStore
from tests.support import (
    databases,
    emulator,
    loopback,
    memory,
    prepared_workers,
    scheduling,
    sharing,
    statements,
    tiers,
    worker_reports,
)
from tests.support.databases import PostgresServer

# On a busy machine an example has no time limit. CI generates the same examples in every run, so that a change cannot
# fail by chance; elsewhere each run generates new ones.
settings.register_profile(
    "hinomi",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hinomi")

# requests then does not read proxy variables for each call to loopback, which takes a third of the call's time.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

statements.share()
tiers.guard()
loopback.guard()

# Objects that collection creates live until the end: a garbage collection that visits them costs seconds in each process.
gc.disable()
# Python's default of 700 costs a twentieth of the time: hypothesis measures each collection.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distributes tests by file, whatever the command line says."""
    return scheduling.by_file(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Lets the tests be collected once."""
    prepared_workers.use(config, specs)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Lets the processes of pytest-xdist send only what the summary shows."""
    worker_reports.send_fewer(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the quick tests; slow ones come first."""
    config.hook.pytest_deselected(items=tiers.only_needed_databases(items))
    tiers.mark_quick(items)
    scheduling.slow_first(items)


def pytest_collection_finish() -> None:
    """Removes the settings of the person who runs the tests, and excludes from garbage collection the objects before them."""
    for name in list(os.environ):
        if name.startswith("HINOMI_"):
            del os.environ[name]
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a quick test that starts a process or a server. A fixture of every test would cost as much as a quick test."""
    tiers.starts(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Lets the fixtures of sessions start processes and servers again."""
    tiers.ends()


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the session share."""
    return sharing.session_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def sqlite_template(session_folder: Path) -> Path:
    """A migrated SQLite file, to be copied."""
    return databases.sqlite_template(session_folder, ERROR_DB)


@pytest.fixture(scope="session")
def postgres_server(session_folder: Path) -> Iterator[PostgresServer]:
    """The PostgreSQL server of the session; tests that need it are skipped if none can run."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(databases.shared_postgres(session_folder))
        except sharing.StartError as reason:
            pytest.skip(f"PostgreSQL: {reason}")
        yield server


@pytest.fixture(scope="session")
def pubsub_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a running Pub/Sub emulator."""
    script = emulator.program()
    if script is None:
        pytest.skip("the Pub/Sub emulator of the gcloud CLI, or Java, is not installed")
    with emulator.running(script, tmp_path_factory.mktemp("emulator")) as found:
        yield found


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """The folder of the SQLite files that the tests of this process use in turn."""
    with memory.folder("hinomi-sqlite-") as folder:
        yield folder


@pytest.fixture
def sqlite_url(sqlite_template: Path, sqlite_folder: Path) -> str:
    """URL of a migrated, empty SQLite file: the same for each test, so that engines are reused."""
    return databases.sqlite_emptied(sqlite_template, sqlite_folder / "error.db", ERROR_DB)


@pytest.fixture(scope="session")
def shared_postgres_url(postgres_server: PostgresServer) -> str:
    """URL of the migrated PostgreSQL database that tests use in turn: emptying it is cheaper than cloning."""
    return postgres_server.clone()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, shared_postgres_url: str) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database; the test must not change its tables."""
    yield shared_postgres_url
    postgres_server.empty(shared_postgres_url)


@pytest.fixture
def own_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a migrated PostgreSQL database that is dropped after the test."""
    url = postgres_server.clone()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql), "sqlite"])
def error_db_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty Error DB; the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql), "sqlite"])
def own_error_db_url(request: pytest.FixtureRequest) -> str:
    """Like error_db_url, for a test that changes tables."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "own_postgres_url"))


@pytest.fixture
def engine(error_db_url: str) -> Iterator[Engine]:
    """An engine on a migrated, empty Error DB."""
    with databases.engine(error_db_url) as engine:
        yield engine


@pytest.fixture
def store(engine: Engine) -> ErrorStore:
    """A migrated, empty Error DB."""
    return ErrorStore(engine)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[ErrorStore]:
    """A migrated, empty Error DB on SQLite, for tests that do not depend on the database."""
    with databases.engine(sqlite_url) as engine:
        yield ErrorStore(engine)


@pytest.fixture(scope="session")
def schema_sqlite_template(session_folder: Path) -> Path:
    """A migrated SQLite file of the Schema DB, to be copied."""
    return databases.sqlite_template(session_folder, SCHEMA_DB)


@pytest.fixture
def schema_sqlite_url(schema_sqlite_template: Path, sqlite_folder: Path) -> str:
    """URL of a migrated, empty SQLite file of the Schema DB: the same for each test, so that engines are reused."""
    return databases.sqlite_emptied(schema_sqlite_template, sqlite_folder / "schema.db", SCHEMA_DB)


@pytest.fixture
def copied_on_first_use(sqlite_template: Path, schema_sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives a SQLite file its tables on first use as a copy: its migrations take a fifth of a second in each test."""
    templates = {ERROR_DB: sqlite_template, SCHEMA_DB: schema_sqlite_template}
    monkeypatch.setattr("db.first_use.upgrade", databases.copying(templates))


@pytest.fixture(scope="session")
def shared_schema_postgres_url(postgres_server: PostgresServer) -> str:
    """URL of the Schema DB on PostgreSQL that tests use in turn."""
    return postgres_server.clone(SCHEMA_DB)


@pytest.fixture
def schema_postgres_url(postgres_server: PostgresServer, shared_schema_postgres_url: str) -> Iterator[str]:
    """URL of a migrated, empty Schema DB on PostgreSQL; the test must not change its tables."""
    yield shared_schema_postgres_url
    postgres_server.empty(shared_schema_postgres_url, SCHEMA_DB)


@pytest.fixture
def own_schema_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a migrated Schema DB on PostgreSQL that is dropped after the test."""
    url = postgres_server.clone(SCHEMA_DB)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql), "sqlite"])
def schema_db_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty Schema DB; the test runs on SQLite and on PostgreSQL."""
    name = "schema_sqlite_url" if request.param == "sqlite" else "schema_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql), "sqlite"])
def own_schema_db_url(request: pytest.FixtureRequest) -> str:
    """Like schema_db_url, for a test that changes tables or creates partitions."""
    name = "schema_sqlite_url" if request.param == "sqlite" else "own_schema_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def schema_store(schema_db_url: str) -> Iterator[SchemaStore]:
    """A migrated, empty Schema DB."""
    with databases.engine(schema_db_url) as engine:
        yield SchemaStore(engine)


@pytest.fixture
def own_schema_store(own_schema_db_url: str) -> Iterator[SchemaStore]:
    """Like own_schema_db_url, as a store."""
    engine = make_engine(own_schema_db_url)
    yield SchemaStore(engine)
    engine.dispose()


@pytest.fixture
def sqlite_schema_store(schema_sqlite_url: str) -> Iterator[SchemaStore]:
    """A migrated, empty Schema DB on SQLite, for tests that do not depend on the database."""
    with databases.engine(schema_sqlite_url) as engine:
        yield SchemaStore(engine)


@pytest.fixture
def postgres_schema_store(schema_postgres_url: str) -> Iterator[SchemaStore]:
    """A migrated, empty Schema DB on PostgreSQL; the test is marked `postgresql`."""
    with databases.engine(schema_postgres_url) as engine:
        yield SchemaStore(engine)
