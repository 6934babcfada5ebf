"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, Session

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def insert(session: Session, into: type[DeclarativeBase] | Table) -> Insert:
    """An INSERT for the session's database, with `on_conflict_do_nothing` and `on_conflict_do_update`.

    Only the dialect of that database is imported; each takes a tenth of SQLAlchemy's own time.
    """
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(into)
