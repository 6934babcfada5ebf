"""Opens a database for an entry point; a SQLite file is created or upgraded on first use.

docs/decisions/0002-first-use.md explains why only SQLite. Only entry points import this module, because it may import
Alembic.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from db.engine import make_engine, parse_url, sqlite_file
from db.migrate import ERROR_DB, SCHEMA_DB, Database, revisions, upgrade
from shared.errors import InputError, TransientError
from shared.texts.cli import db as texts

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from db.schema_db.store import SchemaStore

LOCK_SECONDS = 60.0


def open_error_store(url: str) -> ErrorStore:
    """The Error DB behind a SQLAlchemy URL.

    Raises InputError for a URL that cannot be used, TransientError when a SQLite file stays locked.
    """
    from db.error_db.store import ErrorStore  # noqa: PLC0415

    return ErrorStore(_open(url, ERROR_DB))


def open_schema_store(url: str) -> SchemaStore:
    """The Schema DB behind a SQLAlchemy URL. Raises the same errors as `open_error_store`."""
    from db.schema_db.store import SchemaStore  # noqa: PLC0415

    return SchemaStore(_open(url, SCHEMA_DB))


def _open(url: str, database: Database) -> Engine:
    engine = make_engine(url, database.setting)
    parsed = parse_url(url)
    path = sqlite_file(parsed)
    if path is not None:
        _prepare(url, path, database)
    elif parsed.get_backend_name() == "sqlite":
        raise InputError(texts.IN_MEMORY)
    return engine


def _prepare(url: str, path: Path, database: Database) -> None:
    newest = revisions(database)[-1]
    if _is_at(path, newest, database):
        return
    with _locked(path):
        if not _is_at(path, newest, database):
            _upgrade(url, database)


def _is_at(path: Path, newest: str, database: Database) -> bool:
    """Whether the file has the latest tables, or those of a newer Hinomi. Does not create the file."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(f"SELECT version_num FROM {database.version_table}").fetchone()  # noqa: S608
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError as error:
        raise InputError(texts.NO_SQLITE_FILE(path=str(path), error=str(error))) from error
    return row is not None and row[0] >= newest


def _upgrade(url: str, database: Database) -> None:
    try:
        upgrade(url, database)
    except ModuleNotFoundError as error:
        raise InputError(texts.NO_PACKAGE(package=error.name or "")) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Runs the block in one process at a time. SQLite's own lock works on every system and ends with its process."""
    lock = path.with_name(path.name + ".lock")
    try:
        with closing(sqlite3.connect(lock, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
    except sqlite3.Error as error:
        raise TransientError(texts.NO_LOCK(path=str(lock), error=str(error))) from error
