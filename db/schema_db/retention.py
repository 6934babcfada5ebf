"""Forgets history that is older than it has to be kept: whole months on PostgreSQL, small batches elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, tuple_, update

from db.schema_db import partitions
from db.schema_db.models import Coverage, FinePoint, HourlyPoint, JobRun, Snapshot, TableSize, UserAction
from db.schema_db.selection import chunks
from db.schema_db.snapshots import DONE
from db.schema_db.store import SchemaStore
from db.schema_db.write.facts import table_of
from db.schema_db.write.upsert import changed

BATCH = 5_000
# Variables of one statement in an old SQLite; a key has at most three columns.
KEYS = 300
LOGS = ("admin_activity/", "data_access/")  # subjects of coverage


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """Days that each kind of history is kept; daily points and bindings are kept for ever."""

    fine: int = 14
    hourly: int = 365
    jobs: int = 3 * 365
    actions: int = 2 * 365
    snapshots: int = 400


def forget(store: SchemaStore, now: datetime, kept: RetentionDays) -> Iterator[int]:
    """Deletes what is too old, a batch at a time; yields the rows (or the months) that went."""
    for table, column, days in (
        (table_of(FinePoint), "time", kept.fine),
        (table_of(HourlyPoint), "time", kept.hourly),
        (table_of(UserAction), "hour", kept.actions),
    ):
        cutoff = now - timedelta(days=days)
        if store.is_postgresql:
            yield len(partitions.drop_before(store, table.name, cutoff))
        else:
            yield from _delete(store, table, table.c[column] < cutoff)
    yield _forget_evidence(store, now - timedelta(days=kept.actions))
    for table, condition in _rows(now, kept):
        yield from _delete(store, table, condition)


def _rows(now: datetime, kept: RetentionDays) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    jobs = now - timedelta(days=kept.jobs)
    runs, sizes, snapshots = table_of(JobRun), table_of(TableSize), table_of(Snapshot)
    yield runs, func.coalesce(runs.c.end_at, runs.c.start_at, runs.c.created_at) < jobs
    yield sizes, sizes.c.day < jobs.date()
    # The last done one says where the next window begins, the first one where history begins.
    among = _done_beside(snapshots, earlier=True) & _done_beside(snapshots, earlier=False)
    old = snapshots.c.slot < now - timedelta(days=kept.snapshots)
    yield snapshots, and_(old, or_(snapshots.c.state != DONE, among), snapshots.c.lease_owner.is_(None))


def _forget_evidence(store: SchemaStore, cutoff: datetime) -> int:
    """Where actions are gone, logs are not evidence any more that there was none."""
    table = table_of(Coverage)
    logs = or_(*(table.c.subject.startswith(prefix, autoescape=True) for prefix in LOGS))
    old = table.c.since < cutoff
    with store.transaction() as session:
        gone = changed(session, delete(table).where(logs, table.c.until < cutoff))
        return gone + changed(session, update(table).where(logs, old).values(since=cutoff))


def _done_beside(snapshots: Table, *, earlier: bool) -> ColumnElement[bool]:
    """Whether an earlier, or a later, slot of the same collector and scope is done."""
    other = snapshots.alias()
    beside = other.c.slot < snapshots.c.slot if earlier else other.c.slot > snapshots.c.slot
    same = (other.c.collector == snapshots.c.collector, other.c.scope == snapshots.c.scope, other.c.state == DONE)
    return select(other.c.id).where(*same, beside).exists()


def _delete(store: SchemaStore, table: Table, condition: ColumnElement[bool]) -> Iterator[int]:
    """Batch by batch, so that nobody waits long for a lock."""
    key = list(table.primary_key)
    while True:
        with store.transaction() as session:
            keys = [tuple(row) for row in session.execute(select(*key).where(condition).limit(BATCH))]
            gone = sum(
                changed(session, delete(table).where(tuple_(*key).in_(some), condition)) for some in chunks(keys, KEYS)
            )
        yield gone
        if len(keys) < BATCH:
            return
