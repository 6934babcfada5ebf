"""Months of the large tables on PostgreSQL: made ahead, and dropped whole when they are too old.

A row of a month that has no partition goes to the default partition, so that nothing is ever refused; when the
month gets its partition, such rows move there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.schema_db.store import SchemaStore

# The column that each table is divided by.
TABLES = {"points_fine": "time", "points_hourly": "time", "points_daily": "time", "user_actions": "hour"}
AHEAD = 2
LOCK = 0x48494E4F5054  # names "months are being made" among the advisory locks of the server


def ensure(store: SchemaStore, now: datetime) -> list[str]:
    """Makes the months from the last one to AHEAD months from now; the names of those made. SQLite has none."""
    if not store.is_postgresql:
        return []
    wanted = [(table, month) for month in _months(now) for table in TABLES]
    with store.reading() as session:
        there = set(partitions(session))
    missing = [(table, month) for table, month in wanted if name(table, month) not in there]
    return [made for table, month in missing if (made := _make(store, table, month))]


def drop_before(store: SchemaStore, table: str, cutoff: datetime) -> list[str]:
    """Drops the months of a table that end at or before `cutoff`, and older rows without a month; the months' names."""
    with store.reading() as session:
        old = [item for item in partitions(session) if _is_over(item, table, cutoff)]
    for item in old:
        with store.transaction() as session:
            session.execute(text(f"DROP TABLE IF EXISTS {item}"))
    with store.transaction() as session:
        rest = f"DELETE FROM {table}_default WHERE {TABLES[table]} < :cutoff"  # noqa: S608
        session.execute(text(rest), {"cutoff": cutoff})
    return old


def partitions(session: Session) -> list[str]:
    """The names of all partitions in the schema that the session works in."""
    query = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND pg_table_is_visible(oid)"
    return sorted(session.scalars(text(query)))


def name(table: str, month: datetime) -> str:
    """The partition of a month: points_fine_2026_11."""
    return f"{table}_{month:%Y_%m}"


def next_month(month: datetime) -> datetime:
    """The first moment of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _months(now: datetime) -> list[datetime]:
    this = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [(this - timedelta(days=1)).replace(day=1), this]
    for _ in range(AHEAD):
        months.append(next_month(months[-1]))
    return months


def _is_over(partition: str, table: str, cutoff: datetime) -> bool:
    month = partition.removeprefix(f"{table}_")
    try:
        start = datetime.strptime(month, "%Y_%m").replace(tzinfo=UTC)
    except ValueError:  # the default partition, or another table's
        return False
    return next_month(start) <= cutoff


def _make(store: SchemaStore, table: str, month: datetime) -> str | None:
    """Makes one month with the rows that wait for it in the default partition; None when another process has."""
    made, column = name(table, month), TABLES[table]
    bounds = {"start": month, "end": next_month(month)}
    inside = f"{column} >= :start AND {column} < :end"
    limits = f"FROM ('{month:%Y-%m-%d} 00:00:00+00') TO ('{next_month(month):%Y-%m-%d} 00:00:00+00')"
    with store.transaction() as session:
        session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        if session.scalar(text("SELECT to_regclass(:name)"), {"name": made}) is not None:
            return None
        # Everybody waits at the whole table, before they choose partitions: once the month has its own, a writer that had
        # chosen the default partition would fail, and a reader would miss what moved. Both locks at once and in the
        # order of everybody else: no deadlock.
        session.execute(text(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE"))
        session.execute(text(f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE"))
        session.execute(text(f"CREATE TABLE {made} (LIKE {table} INCLUDING DEFAULTS INCLUDING COMMENTS)"))
        moved = f"WITH moved AS (DELETE FROM {table}_default WHERE {inside} RETURNING *)"  # noqa: S608
        session.execute(text(f"{moved} INSERT INTO {made} SELECT * FROM moved"), bounds)  # noqa: S608
        session.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {made} FOR VALUES {limits}"))
    return made
