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
    """The name of the dialect of the session's database, for `insert_of`."""
    return session.get_bind().dialect.name


def insert_of(dialect: str, into: type[DeclarativeBase] | Table) -> Insert:
    """Like `insert`, for a statement that is built once: that takes as long as to execute it.

    Only the dialect of that database is imported; each takes a tenth of SQLAlchemy's own time.
    """
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(into)
