"""Engines for SQLite and PostgreSQL that behave alike: short waits, real transactions, no stale connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from db import cloud_sql
from shared.errors import InputError

SQLITE_BUSY_MS = 30_000
POSTGRESQL_CONNECT_SECONDS = 10
# A function that hangs in the database holds its message and its thread; better to fail and be called again.
POSTGRESQL_OPTIONS = "-c statement_timeout=30s -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
# A function's instance has four threads and an engine for each database; a thread that finds none free waits its turn.
# deploy/plan.yaml counts with this number: all instances together stay within what the server allows.
POSTGRESQL_CONNECTIONS = 3
READ_ONLY = "hinomi_read_only"


def make_engine(url: str) -> Engine:
    """An engine for a SQLAlchemy URL of a SQLite file or a PostgreSQL database; nothing is connected yet.

    The folder of a SQLite file is made. Raises InputError for a URL that cannot be used.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    arguments = {"connect_timeout": POSTGRESQL_CONNECT_SECONDS, "options": _options(parsed)}
    pool: dict[str, Any] = {"pool_pre_ping": True, "pool_size": POSTGRESQL_CONNECTIONS, "max_overflow": 0}
    try:
        engine = create_engine(parsed, connect_args=arguments, hide_parameters=True, **pool)
    except ImportError as error:
        raise InputError(
            f"the driver of a {parsed.drivername}:// URL is not installed: use postgresql+psycopg://"
        ) from error
    if cloud_sql.wants_token(parsed):
        event.listen(engine, "do_connect", cloud_sql.give_token)
    return engine


def parse_url(url: str) -> URL:
    """The URL in parts. Raises InputError, which does not repeat the URL because it may hold a password."""
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise InputError("the database URL cannot be read: give sqlite:///FILE or postgresql+psycopg://…") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InputError(f"{parsed.drivername}:// is not supported: give sqlite:///FILE or postgresql+psycopg://…")
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite URL, None when it is another database or one in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def read_only(engine: Engine) -> Engine:
    """The same engine for reading: on SQLite its transactions do not wait for writers."""
    return engine.execution_options(**{READ_ONLY: True})


def _options(url: URL) -> str:
    """Ours, and then those of the URL: the server takes the last of two."""
    given = url.query.get("options", ())
    return " ".join((POSTGRESQL_OPTIONS, *((given,) if isinstance(given, str) else given)))


def _sqlite_engine(url: URL) -> Engine:
    path = sqlite_file(url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"the folder of {path} cannot be made: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own idea of transactions begins them too late; with None it leaves them to _begin_sqlite.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another one wrote in between, without
    # waiting; one that takes the write lock at its beginning waits its turn.
    reading = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
