"""Migrated databases for tests: SQLite files, and databases of one PostgreSQL server, copied from templates.

`python -m tests.support.databases FOLDER` runs the PostgreSQL server of a test session (tests/support/sharing.py).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text

from db.engine import make_engine
from db.migrate import DATABASES, ERROR_DB, Database, upgrade
from tests.support import postgres, sharing

# Every process of a session keeps one or two connections to a database; a test that needs many uses its own server.
MAX_CONNECTIONS = "max_connections=120"


@dataclass(frozen=True)
class PostgresServer:
    """A running server with a migrated template of each database."""

    url: str

    def create_templates(self) -> None:
        """Creates the template databases that `clone` copies."""
        for database in DATABASES:
            self.execute(f"CREATE DATABASE template_{database.key}")
            upgrade(self.database(f"template_{database.key}"), database)

    def clone(self, database: Database = ERROR_DB) -> str:
        """Creates a database from the template; returns its URL."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template_{database.key}")
        return self.database(name)

    def empty(self, url: str, database: Database = ERROR_DB) -> None:
        """Deletes all rows, restarts sequences at 1, and closes all connections except that of `engine`."""
        with _engine(url).connect() as connection:
            connection.exec_driver_sql(_emptying(database))
            connection.commit()

    def drop(self, url: str) -> None:
        """Drops a database, even one with open connections."""
        self.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def database(self, name: str) -> str:
        """The URL of a database of this server."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Runs a statement outside a transaction."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def clear(connection: Connection, metadata: MetaData) -> None:
    """Deletes all rows in the transaction of the connection, with plain SQL: SQLAlchemy's statements take longer."""
    deletions = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]  # noqa: S608
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("; ".join(deletions))
        return
    with closing(connection.connection.cursor()) as cursor:
        for deletion in deletions:
            cursor.execute(deletion)


@cache
def _emptying(database: Database) -> str:
    """The statements of `PostgresServer.empty`, in one round trip, because they run after every test."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    used = "CASE WHEN relkind = 'S' THEN pg_sequence_last_value(oid) END"  # CASE: the function fails for tables
    statements = [
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}",  # noqa: S608
        *(f"DELETE FROM {table.name}" for table in reversed(database.metadata.sorted_tables)),  # noqa: S608
        f"SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE {used} IS NOT NULL",  # noqa: S608
    ]
    return "; ".join(statements)


@contextmanager
def shared_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Yields the server that all processes of a session use. Raises StartError where PostgreSQL cannot run."""
    with sharing.shared_server(folder / "postgres", [sys.executable, "-m", __name__]) as url:
        server = PostgresServer(url)
        _servers.append(server)
        yield server
        _servers.remove(server)


# What this process uses: the server, and the folder of the session.
_servers: list[PostgresServer] = []
_folders: set[Path] = set()


def copies() -> list[str]:
    """Creates an Error DB and a Schema DB on each kind of database that this process has used; returns their URLs."""
    made = [server.clone(database) for server in _servers for database in DATABASES]
    for folder in _folders:
        files = {each: folder / f"copy-{each.key}-{os.getpid()}.sqlite" for each in DATABASES}
        made += [sqlite_copy(sqlite_template(folder, each), file) for each, file in files.items()]
    return made


def sqlite_template(folder: Path, database: Database) -> Path:
    """A migrated SQLite file that tests copy, created once per session."""
    path = folder / f"{database.key}.sqlite"
    _folders.add(folder)
    return sharing.created_once(path, lambda path: upgrade(f"sqlite:///{path}", database))


def sqlite_copy(template: Path, path: Path) -> str:
    """Copies the template over the previous file; returns the URL."""
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        name.unlink(missing_ok=True)
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@dataclass(frozen=True)
class _Used:
    """A file that tests use in turn: an open connection, the condition of the file before the tests, and how to empty it."""

    connection: sqlite3.Connection
    condition: tuple[object, ...]
    deletions: list[str]


_used: dict[Path, _Used] = {}


def sqlite_emptied(template: Path, path: Path, database: Database) -> str:
    """The URL of a migrated, empty file, which is the same for each test.

    Emptying the file and keeping its connections takes a fifth of the time of a copy. The file is a new copy of the
    template if a test changed its tables, replaced it or still has a transaction open.
    """
    url, used = f"sqlite:///{path}", _used.get(path)
    if used is not None:
        if _is_emptied(used, path, database):
            return url
        used.connection.close()
    _engine(url).dispose()
    sqlite_copy(template, path)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    counts = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone() is not None
    _used[path] = _Used(connection, _condition(connection, path, database), _deletions(database, counts=counts))
    return url


def _is_emptied(used: _Used, path: Path, database: Database) -> bool:
    try:
        if _condition(used.connection, path, database) != used.condition:
            return False
        for statement in used.deletions:
            used.connection.execute(statement)
    except (OSError, sqlite3.Error):
        return False
    return True


def _condition(connection: sqlite3.Connection, path: Path, database: Database) -> tuple[object, ...]:
    """The properties that identify an unchanged file: its inode, its permissions, and SQLite's count of schema changes."""
    status = path.stat()
    changes = connection.execute("PRAGMA schema_version").fetchall()
    versions = connection.execute(f"SELECT * FROM {database.version_table}").fetchall()  # noqa: S608 - of the product
    return status.st_ino, status.st_mode, *changes, *versions


@cache
def _deletions(database: Database, *, counts: bool) -> list[str]:
    """The statements that empty a file; with `counts` they also restart its ids at 1."""
    names = [*(table.name for table in reversed(database.metadata.sorted_tables)), *(["sqlite_sequence"] * counts)]
    return ["BEGIN IMMEDIATE", *(f"DELETE FROM {name}" for name in names), "COMMIT"]  # noqa: S608 - of the product


def copying(templates: Mapping[Database, Path]) -> Callable[[str, Database], None]:
    """A replacement of `upgrade`, which copies the template to SQLite files that do not exist."""

    def upgrade_by_copy(url: str, database: Database) -> None:
        path = Path(str(make_url(url).database))
        assert not path.exists(), f"{path} has tables: they need their migrations"
        sqlite_copy(templates[database], path)

    return upgrade_by_copy


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    """The engine of a URL, shared by all tests of a process, because a new one compiles every statement again.

    Its connections stay open too: a new one costs more than many tests.
    """
    yield _engine(url)


@cache
def _engine(url: str) -> Engine:
    """Tests need no safety from power loss, so SQLite does not wait for the disk."""
    made = make_engine(url)
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return made


def main(folder: str) -> None:
    """Runs the server until no process uses it."""
    try:
        with postgres.server(MAX_CONNECTIONS) as url:
            PostgresServer(url).create_templates()
            sharing.serve(Path(folder), url)
    except postgres.ImpossibleError as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main(sys.argv[1])
