"""Opens the Error DB for an entry point; a SQLite file is made, or brought up to date, on first use.

docs/decisions/0002-first-use.md says why SQLite only. Only entry points import this: it can import Alembic.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from db.engine import make_engine, parse_url, sqlite_file
from db.error_db.store import ErrorStore
from shared.errors import InputError, TransientError

LOCK_SECONDS = 60.0


def open_error_store(url: str) -> ErrorStore:
    """The Error DB behind a SQLAlchemy URL.

    Raises InputError for a URL that cannot be used, TransientError when a SQLite file stays locked.
    """
    engine = make_engine(url)
    parsed = parse_url(url)
    path = sqlite_file(parsed)
    if path is not None:
        _prepare(url, path)
    elif parsed.get_backend_name() == "sqlite":
        raise InputError("a SQLite database in memory is empty for every thread: give sqlite:///FILE")
    return ErrorStore(engine)


def _prepare(url: str, path: Path) -> None:
    from db.migrate import revisions  # noqa: PLC0415

    newest = revisions()[-1]
    if _is_at(path, newest):
        return
    with _locked(path):
        if not _is_at(path, newest):
            _upgrade(url)


def _is_at(path: Path, newest: str) -> bool:
    """Whether the file has the newest tables, or those of a newer Hinomi. Looks without making the file."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is not a SQLite database: {error}") from error
    return row is not None and row[0] >= newest


def _upgrade(url: str) -> None:
    from db.migrate import upgrade  # noqa: PLC0415

    try:
        upgrade(url)
    except ModuleNotFoundError as error:
        raise InputError(f"the tables cannot be made without {error.name}: install hinomi[cli]") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time. A lock of SQLite itself works on every system and ends with its process."""
    lock = path.with_name(path.name + ".lock")
    try:
        with closing(sqlite3.connect(lock, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
    except sqlite3.Error as error:
        raise TransientError(f"{lock} cannot be locked: {error}") from error
