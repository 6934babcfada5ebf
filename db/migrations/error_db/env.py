"""Runs the migrations of the Error DB: all pending ones in one transaction, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from db.engine import make_engine
from db.error_db.models import Base
from shared import config

# Any number that nothing else on the server uses; it names "the Error DB is being migrated".
LOCK = 0x48494E4F4D49
WAIT_FOR_OTHER_MIGRATION = "120s"
# A table that is busy for longer stops the migration rather than every function behind it.
WAIT_FOR_TABLE = "5s"


def _migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
        connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_OTHER_MIGRATION}', true)"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text(f"SELECT set_config('lock_timeout', '{WAIT_FOR_TABLE}', true)"))
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=sqlite)
    with context.begin_transaction():
        context.run_migrations()


def _run() -> None:
    url = context.config.attributes.get("url") or config.load().error_db_url
    if context.is_offline_mode():
        context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    finally:
        engine.dispose()


_run()
