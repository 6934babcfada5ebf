"""Translates SQLAlchemy errors to Hinomi errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import InputError, TransientError
from shared.texts import Text
from shared.texts.cli import db as texts

# IntegrityError is transient on purpose: another instance was faster where no lock applies, and the next delivery finds
# its row. A persistent one goes to the dead-letter topic like any other failure.
TRANSIENT = (OperationalError, InterfaceError, InternalError, IntegrityError, PoolTimeoutError)
# SQLSTATE of an undefined table and an undefined column
NOT_MIGRATED = ("42P01", "42703")


@contextmanager
def translated(database: str = "Error DB") -> Iterator[None]:
    """Raises transient database errors of the block as TransientError with the name of the database; other errors pass unchanged.

    Raises InputError when a SQLite URL names a file of another kind.
    """
    try:
        yield
    except SQLAlchemyError as error:
        if isinstance(error, DatabaseError) and "not a database" in str(error.orig):
            raise InputError(texts.NO_SQLITE(database=database)) from error
        if not _is_transient(error):
            raise
        raise TransientError(_describe(error, database)) from error


def _is_transient(error: SQLAlchemyError) -> bool:
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return isinstance(error, TRANSIENT) or lost or _is_not_migrated(error)


def _is_not_migrated(error: SQLAlchemyError) -> bool:
    if isinstance(error, OperationalError):
        return "no such table" in str(error.orig) or "has no column" in str(error.orig)
    return isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) in NOT_MIGRATED


def _describe(error: SQLAlchemyError, database: str) -> Text:
    if _is_not_migrated(error):
        return texts.NOT_MIGRATED(database=database)
    cause = error.orig if isinstance(error, DBAPIError) else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return texts.NO_ANSWER(database=database, cause=lines[0])
