"""Engines for SQLite and PostgreSQL that behave alike: short waits, real transactions, no stale connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from db import cloud_sql
from shared.errors import InputError
from shared.texts.cli import db as texts

POSTGRESQL_CONNECT_SECONDS = 10
# A function that waits for the database keeps its message and its thread; on failure Pub/Sub redelivers the message.
# Compiling a statement to machine code takes a quarter of a second, longer than most statements of a page.
# Parallel processes are for statements of seconds: those of a page end before such a process has started.
# Times are in UTC as db/types.py returns them: converting the thousands of a page would take longer than reading them.
POSTGRESQL_OPTIONS = (
    "-c statement_timeout=30s -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s -c jit=off -c TimeZone=UTC"
    " -c parallel_setup_cost=100000"
)
# An instance of a function has four threads and one engine for each database; a thread waits until a connection is
# free. deploy/plan.yaml uses this number, so that all instances together stay within the server's limit.
POSTGRESQL_CONNECTIONS = 3
APPLICATION_NAME = "hinomi"  # the name of these connections in pg_stat_activity and in the server's log
ANY_URL = "the database URL"


def make_engine(url: str, name: str = ANY_URL) -> Engine:
    """An engine for a SQLAlchemy URL of a SQLite file or a PostgreSQL database; it connects on first use.

    `name` identifies the URL in errors, such as the name of its setting. The folder of a SQLite file is created. Raises
    InputError for a URL that cannot be used.
    """
    parsed = parse_url(url, name)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    import orjson  # noqa: PLC0415 - a process with SQLite needs none of it

    pool: dict[str, Any] = {"pool_pre_ping": True, "pool_size": POSTGRESQL_CONNECTIONS, "max_overflow": 0}
    pool["json_deserializer"] = orjson.loads  # it takes a fifth of the time of the standard library
    try:
        engine = create_engine(parsed, connect_args=_arguments(parsed), hide_parameters=True, **pool)
    except ImportError as error:
        raise InputError(texts.NO_DRIVER(name=name, scheme=parsed.drivername)) from error
    _check_options(engine, parsed, name)
    if cloud_sql.uses_token(parsed):
        event.listen(engine, "do_connect", cloud_sql.give_token)
    return engine


def parse_url(url: str, name: str = ANY_URL) -> URL:
    """The parts of a database URL. Raises InputError without the URL in its text, because it may contain a password."""
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise InputError(texts.INVALID_URL(name=name)) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InputError(texts.INVALID_SCHEME(name=name, scheme=parsed.drivername))
    if "@" in (parsed.host or ""):
        raise InputError(texts.SEVERAL_AT(name=name))
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """The path of a SQLite URL; None for another database or a database in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def read_only(engine: Engine) -> Engine:
    """The engine for reading only. On SQLite, its transactions do not wait for writers."""
    if engine.dialect.name != "sqlite":
        return engine
    from db import sqlite  # noqa: PLC0415 - a process with PostgreSQL needs none of it

    return sqlite.read_only(engine)


def _arguments(url: URL) -> dict[str, Any]:
    """Connection arguments that the URL lacks. SQLAlchemy gives them precedence over the URL."""
    defaults = {"connect_timeout": POSTGRESQL_CONNECT_SECONDS, "application_name": APPLICATION_NAME}
    missing = {key: value for key, value in defaults.items() if key not in url.query}
    return {**missing, "options": _options(url)}


def _check_options(engine: Engine, url: URL, name: str) -> None:
    """Reports unknown options at once and by name; the driver would report them only on the first connection."""
    if engine.dialect.driver != "psycopg":
        return
    from psycopg.pq import Conninfo  # noqa: PLC0415

    options = {option.keyword.decode() for option in Conninfo.get_defaults()}
    if odd := sorted(url.query.keys() - options):
        raise InputError(texts.UNKNOWN_OPTION(name=name, option=odd[0]))


def _options(url: URL) -> str:
    """The default options, followed by those of the URL: the server uses the last of two values."""
    given = url.query.get("options", ())
    return " ".join((POSTGRESQL_OPTIONS, *((given,) if isinstance(given, str) else given)))


def _sqlite_engine(url: URL) -> Engine:
    from db import sqlite  # noqa: PLC0415 - a process with PostgreSQL needs none of it

    path = sqlite_file(url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(texts.NO_FOLDER(path=str(path), error=error.strerror or "")) from error
    return sqlite.make_engine(url)
