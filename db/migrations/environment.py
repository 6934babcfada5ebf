"""Runs the migrations of one database: all pending ones in one transaction, one process at a time."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import context
from sqlalchemy import Connection, MetaData, text

from db.engine import make_engine

WAIT_FOR_OTHER_MIGRATION = "120s"
# A table that is busy for longer stops the migration rather than every function behind it.
WAIT_FOR_TABLE = "5s"


@dataclass(frozen=True, slots=True)
class Migration:
    """Which database, and what names it: `lock` is any number that nothing else on the server uses."""

    url: str
    metadata: MetaData
    version_table: str
    lock: int


def run(migration: Migration) -> None:
    """Migrates to what Alembic was asked for, or prints the SQL in its offline mode."""
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
    engine = make_engine(migration.url)
    try:
        with engine.begin() as connection:
            _migrate(connection, migration)
    finally:
        engine.dispose()


def _migrate(connection: Connection, migration: Migration) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
        connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_OTHER_MIGRATION}', true)"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({migration.lock})"))
        connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_TABLE}', true)"))
    context.configure(
        connection=connection,
        target_metadata=migration.metadata,
        version_table=migration.version_table,
        render_as_batch=sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()
