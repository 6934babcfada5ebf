"""Grants and revokes the access of people and programs, such as Grafana, in a PostgreSQL database of Hinomi.

The access includes tables that a later migration creates: PostgreSQL stores default privileges for each owner of tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from db.access_level import AccessLevel
from db.engine import make_engine
from db.errors import translated
from db.migrate import ERROR_DB, Database
from shared.errors import InputError
from shared.texts.cli import db as texts

OWNERS = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY tableowner"


def grant(url: str, database: Database, user: str, level: AccessLevel) -> None:
    """Grants a user of the server exactly these rights; earlier ones are revoked in the same transaction.

    Raises InputError for an unknown user, for SQLite, and when the caller does not own the tables.
    """
    _change(url, database, user, level)


def revoke(url: str, database: Database, user: str) -> None:
    """Revokes all rights, also on future tables, so that the user can be deleted. Raises the same errors as `grant`."""
    _change(url, database, user, None)


def _change(url: str, database: Database, user: str, level: AccessLevel | None) -> None:
    engine = make_engine(url, database.setting)
    try:
        with translated(database.name):
            _in_transaction(engine, database, user, level)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        reason = str(error.orig).splitlines()[0]
        raise InputError(texts.NOT_OWNER(database=database.name, reason=reason)) from error
    finally:
        engine.dispose()


def _in_transaction(engine: Engine, database: Database, user: str, level: AccessLevel | None) -> None:
    if engine.dialect.name != "postgresql":
        raise InputError(texts.SQLITE_HAS_NO_USERS(database=database.name))
    with engine.begin() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": user}):
            raise InputError(texts.NO_USER(user=user))
        for statement in _statements(connection, database, user, level):
            connection.exec_driver_sql(statement)


def _statements(connection: Connection, database: Database, user: str, level: AccessLevel | None) -> Iterator[str]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    owners = connection.scalars(text(OWNERS)).all()
    if not owners:
        raise InputError(texts.NO_TABLES_YET(database=database.name))
    name = quote(user)
    later = [f"ALTER DEFAULT PRIVILEGES FOR ROLE {quote(owner)} IN SCHEMA public" for owner in owners]
    for kind in ("TABLES", "SEQUENCES"):
        yield f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {name}"
        yield from (f"{those} REVOKE ALL ON {kind} FROM {name}" for those in later)
    if level is None:
        return
    verbs = _verbs(database, level)
    yield f"GRANT {verbs} ON ALL TABLES IN SCHEMA public TO {name}"
    yield from (f"{those} GRANT {verbs} ON TABLES TO {name}" for those in later)
    if verbs != "SELECT":
        yield f"REVOKE INSERT, UPDATE, DELETE ON {quote(database.version_table)} FROM {name}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"
        yield from (f"{those} GRANT USAGE ON SEQUENCES TO {name}" for those in later)


def _verbs(database: Database, level: AccessLevel) -> str:
    """The SQL privileges of a level. People change rows only in the Error DB; history_analysis writes the Schema DB."""
    writes = level is AccessLevel.MAINTAIN and database is ERROR_DB
    return "SELECT, INSERT, UPDATE, DELETE" if writes else "SELECT"
