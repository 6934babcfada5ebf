"""Opens a database for a command and closes it when the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.config import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.store import ErrorStore
    from db.schema_db.store import SchemaStore

MAX_ID = 2**31 - 1  # of a PostgreSQL integer


class HistorySource(StrEnum):
    """The source of history."""

    SCHEMA_DB = "schema-db"
    BIGQUERY = "bigquery"


@contextmanager
def opened(settings: Settings) -> Iterator[ErrorStore]:
    """The store at HINOMI_ERROR_DB_URL. A SQLite file is created or upgraded on first use.

    Raises InputError for an invalid URL, TransientError if the database is unavailable or, on PostgreSQL, not upgraded.
    """
    from db.first_use import open_error_store

    store = open_error_store(settings.error_db_url)
    try:
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def schema_opened(settings: Settings) -> Iterator[SchemaStore]:
    """The store at HINOMI_SCHEMA_DB_URL. Creates, upgrades and raises like `opened`."""
    from db.first_use import open_schema_store

    store = open_schema_store(settings.schema_db_url)
    try:
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def history(settings: Settings, source: HistorySource) -> Iterator[Session]:
    """A read-only session on the Schema DB or on its copy in BigQuery. Raises InputError, TransientError."""
    if source is HistorySource.SCHEMA_DB:
        with schema_opened(settings) as store, store.reading() as session:
            yield session
        return
    from db.schema_db.bigquery import engine
    from shared.clients import Clients

    with engine.reading(settings, Clients(settings)) as session:
        yield session
