"""Reads the logical replication slots of a PostgreSQL database.

Columns: postgresql.org/docs/current/view-pg-replication-slots.html; `wal_status` and `safe_wal_size` exist since version 13. Any role may
read the view, and pg_current_wal_lsn() as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.kafka.observation import MOST_SLOTS, ReplicationSlot, SourceState
from shared.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy import Engine

TIMEOUT_SECONDS = 10
_QUERY = """
SELECT slot_name, active, coalesce(wal_status, '') AS wal_status, safe_wal_size,
       coalesce(pg_wal_lsn_diff(now_at, restart_lsn), 0)::bigint AS retained,
       coalesce(pg_wal_lsn_diff(now_at, confirmed_flush_lsn), 0)::bigint AS behind,
       coalesce(pg_wal_lsn_diff(confirmed_flush_lsn, '0/0'), 0)::bigint AS confirmed,
       pg_wal_lsn_diff(now_at, '0/0')::bigint AS written
FROM pg_replication_slots, pg_current_wal_lsn() AS now_at
WHERE slot_type = 'logical' AND database = current_database() ORDER BY slot_name LIMIT :most
"""


def read(url: Secret) -> tuple[SourceState, tuple[ReplicationSlot, ...]]:
    """The slots of the database at a SQLAlchemy URL; if the database cannot be read, the result has an `error`."""
    from sqlalchemy import text  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    database = name(url)
    try:
        engine = _engine(url)
        with engine.connect() as connection:
            rows = connection.execute(text(_QUERY), {"most": MOST_SLOTS}).mappings().all()
    except (SQLAlchemyError, ImportError) as error:
        return SourceState(database, _words(error)), ()
    slots = tuple(
        ReplicationSlot(
            database,
            row["slot_name"],
            bool(row["active"]),
            row["wal_status"],
            retained=int(row["retained"]),
            behind=int(row["behind"]),
            confirmed=int(row["confirmed"]),
            written=int(row["written"]),
            left=None if row["safe_wal_size"] is None else int(row["safe_wal_size"]),
        )
        for row in rows
    )
    return SourceState(database), slots


def name(url: Secret) -> str:
    """The database name in a URL."""
    try:
        return urlsplit(url.reveal()).path.strip("/")[:200] or "postgres"
    except ValueError:
        return "postgres"


def _engine(url: Secret) -> Engine:
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    options = {"connect_timeout": TIMEOUT_SECONDS, "options": f"-c statement_timeout={TIMEOUT_SECONDS * 1000}"}
    return create_engine(url.reveal(), poolclass=NullPool, connect_args=options)


def _words(error: Exception) -> str:
    """The first line of the driver's error, which names server and reason, never the password."""
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines() or [type(original).__name__]
    return lines[0][:300]
