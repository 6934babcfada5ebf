"""Runs the migrations of one database: all pending ones in one transaction, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import OperationalError

from db.engine import make_engine
from db.migrate import UpgradeProgress
from shared.errors import TransientError

WAIT_FOR_OTHER_SECONDS = 120
# A table that is busy for longer stops the migration, so that functions do not queue up behind it.
WAIT_FOR_TABLE_SECONDS = 5
LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE


@dataclass(frozen=True, slots=True)
class Migration:
    """A database to migrate. `lock` is the number of an advisory lock that nothing else on the server uses."""

    url: str
    metadata: MetaData
    version_table: str
    lock: int


def run(migration: Migration) -> None:
    """Runs the requested migrations, or prints their SQL in Alembic's offline mode."""
    if context.is_offline_mode():
        context.configure(
            url=migration.url,
            target_metadata=migration.metadata,
            version_table=migration.version_table,
            literal_binds=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        return
    progress = context.config.attributes.get("progress") or UpgradeProgress()
    engine = make_engine(migration.url)
    try:
        with engine.connect() as connection:
            alone = _alone_on_sqlite if connection.dialect.name == "sqlite" else _alone_on_postgresql
            alone(connection, migration, progress)
            with _unless_in_use():
                _migrate(connection, migration, progress)
                connection.commit()
    finally:
        engine.dispose()


def _alone_on_postgresql(connection: Connection, migration: Migration, progress: UpgradeProgress) -> None:
    connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
    if not connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({migration.lock})")):
        progress.waits()
        connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_OTHER_SECONDS}s', true)"))
        with _unless_in_use(f"another upgrade has not ended within {WAIT_FOR_OTHER_SECONDS} s: nothing was changed"):
            connection.execute(text(f"SELECT pg_advisory_xact_lock({migration.lock})"))
    connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_TABLE_SECONDS}s', true)"))


def _alone_on_sqlite(connection: Connection, _migration: Migration, progress: UpgradeProgress) -> None:
    """Waits for the file's only write lock, which may also be held by an ordinary writer."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        connection.begin()
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        progress.waits()
        driver.execute(f"PRAGMA busy_timeout = {WAIT_FOR_OTHER_SECONDS * 1000}")
        connection.begin()


@contextmanager
def _unless_in_use(
    message: str = f"a table was in use for more than {WAIT_FOR_TABLE_SECONDS} s: nothing was changed, run it again",
) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise TransientError(message) from error


def _migrate(connection: Connection, migration: Migration, progress: UpgradeProgress) -> None:
    context.configure(
        connection=connection,
        target_metadata=migration.metadata,
        version_table=migration.version_table,
        render_as_batch=connection.dialect.name == "sqlite",
        on_version_apply=lambda step, **_: progress.applied.append(str(step.up_revision_id)),
    )
    with context.begin_transaction():
        context.run_migrations()
