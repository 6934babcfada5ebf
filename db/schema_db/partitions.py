"""Monthly partitions of the large tables on PostgreSQL: created ahead, and dropped after their retention.

Rows of a month without a partition go to the default partition, so that none is rejected; they move when the partition
of the month is created.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.schema_db.store import SchemaStore

# The partition column of each table.
TABLES = {
    "points_fine": "time",
    "points_hourly": "time",
    "points_daily": "time",
    "user_actions": "hour",
    "expected_ranges": "time",
}
AHEAD = 2
LOCK = 0x48494E4F5054  # identifies the creation of months among the advisory locks of the server


def ensure(store: SchemaStore, now: datetime) -> list[str]:
    """Creates the partitions from last month to AHEAD months ahead; returns the new names. None on SQLite."""
    if not store.is_postgresql:
        return []
    months = [(table, month) for month in _months(now) for table in TABLES]
    with store.reading() as session:
        existing = set(partitions(session))
    missing = [(table, month) for table, month in months if name(table, month) not in existing]
    return [made for table, month in missing if (made := _make(store, table, month))]


def drop_before(store: SchemaStore, table: str, cutoff: datetime) -> list[str]:
    """Drops partitions that end at or before `cutoff` and older rows of the default one; returns the names."""
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
    """The name of the partition of a month, such as points_fine_2026_11."""
    return f"{table}_{month:%Y_%m}"


def next_month(month: datetime) -> datetime:
    """The start of the next month."""
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
    except ValueError:  # the default partition, or one of another table
        return False
    return next_month(start) <= cutoff


def _make(store: SchemaStore, table: str, month: datetime) -> str | None:
    """Creates the partition of one month and moves its rows from the default partition; None if another process did."""
    made, column = name(table, month), TABLES[table]
    bounds = {"start": month, "end": next_month(month)}
    inside = f"{column} >= :start AND {column} < :end"
    limits = f"FROM ('{month:%Y-%m-%d} 00:00:00+00') TO ('{next_month(month):%Y-%m-%d} 00:00:00+00')"
    with store.transaction() as session:
        session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        if session.scalar(text("SELECT to_regclass(:name)"), {"name": made}) is not None:
            return None
        # Locks the whole table first: a writer that had already chosen the default partition would fail, and a reader
        # would miss the moved rows. Both locks are taken at once, in the order of all other code, to avoid deadlocks.
        session.execute(text(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE"))
        session.execute(text(f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE"))
        session.execute(text(f"CREATE TABLE {made} (LIKE {table} INCLUDING DEFAULTS INCLUDING COMMENTS)"))
        moved = f"WITH moved AS (DELETE FROM {table}_default WHERE {inside} RETURNING *)"  # noqa: S608
        session.execute(text(f"{moved} INSERT INTO {made} SELECT * FROM moved"), bounds)  # noqa: S608
        session.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {made} FOR VALUES {limits}"))
    return made
