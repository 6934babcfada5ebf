"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.error_db.models import ErrorBase

Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def insert(session: Session, model: type[ErrorBase]) -> Insert:
    """An INSERT for the session's database, with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)
