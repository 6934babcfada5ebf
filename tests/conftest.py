"""Real databases for every test that asks, a clean environment, and no traffic to the outside."""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.migrate import ERROR_DB, SCHEMA_DB, Database, upgrade
from db.schema_db.store import SchemaStore
from tests.support import postgres

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("HINOMI_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that calls the outside fails instead."""
    connect = socket.socket.connect

    def guarded(sock: socket.socket, address: Any) -> None:
        if sock.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test called {address[0]}:{address[1]}; only loopback is allowed")
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@dataclass(frozen=True)
class PostgresServer:
    """A running server with migrated template databases."""

    url: str

    def empty(self, url: str, database: Database = ERROR_DB) -> None:
        """Makes a migrated database as new: no rows, numbers from 1, nobody connected."""
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            connection.execute(_emptying(database))

    def clone(self, database: Database = ERROR_DB) -> str:
        """The URL of a new database that is a copy of the template."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template_{database.key}")
        return self.database(name)

    def make_template(self, database: Database) -> None:
        """Makes what `clone` copies."""
        self.execute(f"CREATE DATABASE template_{database.key}")
        upgrade(self.database(f"template_{database.key}"), database)

    def drop(self, url: str) -> None:
        """Drops a database, whoever is still connected."""
        self.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def database(self, name: str) -> str:
        """The URL of a database of this server."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Runs a statement outside of any transaction."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@cache
def _emptying(database: Database) -> bytes:
    """What empties a database, in one go: it is done after every test."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    statements = [
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}",  # noqa: S608
        *(f"DELETE FROM {table.name}" for table in reversed(database.metadata.sorted_tables)),  # noqa: S608
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
    return "; ".join(statements).encode()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the session; the tests that need it are skipped where there can be none."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.server())
        except postgres.ImpossibleError as reason:
            pytest.skip(f"PostgreSQL: {reason}")
        found = PostgresServer(url)
        found.make_template(ERROR_DB)
        found.make_template(SCHEMA_DB)
        yield found


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a migrated SQLite file."""
    path = tmp_path / "error.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def shared_postgres_url(postgres_server: PostgresServer) -> str:
    """URL of the migrated PostgreSQL database that tests use one after the other: emptying is cheaper than cloning."""
    return postgres_server.clone()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, shared_postgres_url: str) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database, whose tables a test must leave as they are."""
    yield shared_postgres_url
    postgres_server.empty(shared_postgres_url)


@pytest.fixture
def own_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a migrated PostgreSQL database that is dropped after the test."""
    url = postgres_server.clone()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def error_db_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty Error DB; the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def own_error_db_url(request: pytest.FixtureRequest) -> str:
    """Like error_db_url, for a test that changes tables."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "own_postgres_url"))


@pytest.fixture
def engine(error_db_url: str) -> Iterator[Engine]:
    """An engine on a migrated, empty Error DB."""
    engine = make_engine(error_db_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> ErrorStore:
    """A migrated, empty Error DB."""
    return ErrorStore(engine)


@pytest.fixture(scope="session")
def schema_sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file of the Schema DB, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "schema.db"
    upgrade(f"sqlite:///{path}", SCHEMA_DB)
    return path


@pytest.fixture
def schema_sqlite_url(schema_sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a migrated SQLite file of the Schema DB."""
    path = tmp_path / "schema.db"
    shutil.copy(schema_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def shared_schema_postgres_url(postgres_server: PostgresServer) -> str:
    """URL of the Schema DB on PostgreSQL that tests use one after the other."""
    return postgres_server.clone(SCHEMA_DB)


@pytest.fixture
def schema_postgres_url(postgres_server: PostgresServer, shared_schema_postgres_url: str) -> Iterator[str]:
    """URL of a migrated, empty Schema DB on PostgreSQL, whose tables a test must leave as they are."""
    yield shared_schema_postgres_url
    postgres_server.empty(shared_schema_postgres_url, SCHEMA_DB)


@pytest.fixture
def own_schema_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a migrated Schema DB on PostgreSQL that is dropped after the test."""
    url = postgres_server.clone(SCHEMA_DB)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def schema_db_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty Schema DB; the test runs on SQLite and on PostgreSQL."""
    name = "schema_sqlite_url" if request.param == "sqlite" else "schema_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def own_schema_db_url(request: pytest.FixtureRequest) -> str:
    """Like schema_db_url, for a test that changes tables or makes partitions."""
    name = "schema_sqlite_url" if request.param == "sqlite" else "own_schema_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def schema_store(schema_db_url: str) -> Iterator[SchemaStore]:
    """A migrated, empty Schema DB."""
    engine = make_engine(schema_db_url)
    yield SchemaStore(engine)
    engine.dispose()


@pytest.fixture
def own_schema_store(own_schema_db_url: str) -> Iterator[SchemaStore]:
    """Like schema_store, for a test that changes tables or makes partitions."""
    engine = make_engine(own_schema_db_url)
    yield SchemaStore(engine)
    engine.dispose()
