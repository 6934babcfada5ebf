"""Sessions on the copy of the history in BigQuery (sqlalchemy-bigquery), for the same queries as on the Schema DB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError, NoSuchModuleError
from sqlalchemy.orm import Session

from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError
from shared.texts.cli import db as texts


def location(settings: Settings) -> tuple[str, str]:
    """The project and dataset of HINOMI_BIGQUERY_HISTORY. Raises InputError if it is not set."""
    project, _, dataset = settings.bigquery_history.rpartition(".")
    if not dataset:
        raise InputError(texts.NO_COPY)
    return project, dataset


@contextmanager
def reading(settings: Settings, clients: Clients) -> Iterator[Session]:
    """A session for queries on the copy.

    Raises InputError if it is not configured, if the extra `bigquery` is not installed, or if BigQuery rejects the
    query.
    """
    project, dataset = location(settings)
    client = clients.bigquery(project, dataset)
    # Answers are small, so the package of the Storage API would bring nothing.
    given = {"client": client, "prefer_bqstorage_client": False}
    try:
        engine = create_engine(f"bigquery://{project}?user_supplied_client=true", connect_args=given)
    except (NoSuchModuleError, ImportError) as error:
        raise InputError(texts.NO_BIGQUERY_PACKAGE) from error
    try:
        with Session(engine) as session:
            yield session
    except DatabaseError as error:
        raise InputError(texts.QUERY_REJECTED(error=" ".join(str(error.orig).split())[:300])) from error
    finally:
        engine.dispose()
