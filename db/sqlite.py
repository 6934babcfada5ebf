"""SQLite for SQLAlchemy: its transactions are real ones, and those that only read do not wait for writers."""

from __future__ import annotations

import sqlite3
from functools import cached_property
from typing import cast

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import PoolProxiedConnection

BUSY_MS = 30_000


class WritingDialect(SQLiteDialect_pysqlite):
    """Begins transactions, because the driver begins them too late.

    An event of the engine could do that too, but then each statement would take a sixth longer: SQLAlchemy asks for
    events before and after each one as soon as an engine has any.
    """

    supports_statement_cache = True
    # A transaction that reads first and writes later fails at once if another one wrote in between; one that takes the
    # write lock at its beginning waits for it.
    BEGIN = "BEGIN IMMEDIATE"

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begins a transaction."""
        dbapi_connection.cursor().execute(self.BEGIN)

    @cached_property
    def reading(self) -> ReadingDialect:
        """The dialect for transactions that only read. It is one object, because each dialect compiles its own statements."""
        dialect = ReadingDialect.__new__(ReadingDialect)
        dialect.__dict__ = self.__dict__  # some of it is set by the first connection
        return dialect


class ReadingDialect(WritingDialect):
    """Begins transactions that only read."""

    supports_statement_cache = True
    BEGIN = "BEGIN"


def make_engine(url: URL) -> Engine:
    """An engine for a SQLite file or a database in memory."""
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, hide_parameters=True)
    engine.dialect.__class__ = WritingDialect
    event.listen(engine, "connect", _set_up)
    return engine


def read_only(engine: Engine) -> Engine:
    """The engine for reading only, with the same connections."""
    reading = engine.execution_options()
    reading.dialect = cast("WritingDialect", engine.dialect).reading
    return reading


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver then begins no transaction
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
