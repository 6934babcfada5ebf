"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, Session

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def insert(session: Session, into: type[DeclarativeBase] | Table) -> Insert:
    """An INSERT for the session's database, with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return insert_of(dialect_of(session), into)


def dialect_of(session: Session) -> str:
    """The name of the dialect of the session's database, an argument of `insert_of`."""
    return session.get_bind().dialect.name


def insert_of(dialect: str, into: type[DeclarativeBase] | Table) -> Insert:
    """Like `insert`, for statements that are built once, because building one takes as long as executing it.

    Only the dialect of that database is imported; each dialect takes a tenth of the import time of SQLAlchemy.
    """
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(into)
