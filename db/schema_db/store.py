"""The Schema DB for the functions: transactions and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import read_only
from db.errors import translated

NAME = "Schema DB"


class SchemaStore:
    """The Schema DB on an engine. Thread-safe: each transaction has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = read_only(engine)

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL, which has partitions."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: commits at the end, rolls back if the block raises.

        Raises TransientError when the database is unavailable or in conflict with another transaction.
        """
        with translated(NAME), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries only. Raises TransientError when the database is unavailable."""
        with translated(NAME), Session(self._reading, expire_on_commit=False) as session:
            yield session
