"""Deletes history after its retention: whole months on PostgreSQL, small batches on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, tuple_, update

from db.schema_db import partitions
from db.schema_db.models import (
    CostDay,
    Coverage,
    ExpectedRange,
    FinePoint,
    HourlyPoint,
    JobDaySum,
    JobRun,
    JobSchedule,
    QualityCheck,
    QualityResult,
    SeriesBaseline,
    Snapshot,
    TableSize,
    UnusualPoint,
    UserAction,
)
from db.schema_db.selection import chunks
from db.schema_db.snapshots import DONE
from db.schema_db.store import SchemaStore
from db.schema_db.write.schedules import DELETED
from db.schema_db.write.upsert import changed
from db.tables import table_of

BATCH = 5_000
# An old SQLite allows few variables in one statement; a key has at most three columns.
KEYS = 300
LOGS = ("admin_activity/", "data_access/")  # prefixes of subjects of coverage


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """The retention of each kind of history in days; daily points and bindings are never deleted."""

    fine: int = 14
    hourly: int = 365
    jobs: int = 3 * 365
    actions: int = 2 * 365
    snapshots: int = 400
    ranges: int = 95  # expected ranges of metrics, and the baseline of a series without samples
    unusual: int = 400


def forget(store: SchemaStore, now: datetime, retention: RetentionDays) -> Iterator[int]:
    """Deletes rows after their retention, one batch at a time; yields the numbers of deleted rows (or months)."""
    for table, column, days in (
        (table_of(FinePoint), "time", retention.fine),
        (table_of(HourlyPoint), "time", retention.hourly),
        (table_of(UserAction), "hour", retention.actions),
        (table_of(ExpectedRange), "time", retention.ranges),
    ):
        cutoff = now - timedelta(days=days)
        if store.is_postgresql:
            yield len(partitions.drop_before(store, table.name, cutoff))
        else:
            yield from _delete(store, table, table.c[column] < cutoff)
    yield _forget_evidence(store, now - timedelta(days=retention.actions))
    for table, condition in _rows(now, retention):
        yield from _delete(store, table, condition)


def _rows(now: datetime, retention: RetentionDays) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    jobs = now - timedelta(days=retention.jobs)
    runs, sizes, snapshots = table_of(JobRun), table_of(TableSize), table_of(Snapshot)
    yield runs, func.coalesce(runs.c.end_at, runs.c.start_at, runs.c.created_at) < jobs
    yield sizes, sizes.c.day < jobs.date()
    schedules = table_of(JobSchedule)
    yield schedules, (schedules.c.state == DELETED) & (schedules.c.seen_at < jobs)
    checks, results = table_of(QualityCheck), table_of(QualityResult)
    yield results, results.c.time < jobs
    yield checks, checks.c.checked_at < jobs
    for sums in (table_of(CostDay), table_of(JobDaySum)):
        yield sums, sums.c.day <= jobs.date()  # also of the day of which a part is deleted
    baselines, unusual = table_of(SeriesBaseline), table_of(UnusualPoint)
    yield baselines, baselines.c.learned_until < now - timedelta(days=retention.ranges)
    yield unusual, unusual.c.time < now - timedelta(days=retention.unusual)
    # The last successful snapshot determines the next window, the first one the beginning of history.
    among = _done_beside(snapshots, earlier=True) & _done_beside(snapshots, earlier=False)
    old = snapshots.c.slot < now - timedelta(days=retention.snapshots)
    yield snapshots, and_(old, or_(snapshots.c.state != DONE, among), snapshots.c.lease_owner.is_(None))


def _forget_evidence(store: SchemaStore, cutoff: datetime) -> int:
    """Shortens the coverage of logs: a deleted action no longer proves that a grant is unused."""
    table = table_of(Coverage)
    logs = or_(*(table.c.subject.startswith(prefix, autoescape=True) for prefix in LOGS))
    old = table.c.since < cutoff
    with store.transaction() as session:
        deleted = changed(session, delete(table).where(logs, table.c.until < cutoff))
        return deleted + changed(session, update(table).where(logs, old).values(since=cutoff))


def _done_beside(snapshots: Table, *, earlier: bool) -> ColumnElement[bool]:
    """Whether an earlier or a later slot of the same collector and scope is done."""
    other = snapshots.alias()
    beside = other.c.slot < snapshots.c.slot if earlier else other.c.slot > snapshots.c.slot
    same = (other.c.collector == snapshots.c.collector, other.c.scope == snapshots.c.scope, other.c.state == DONE)
    return select(other.c.id).where(*same, beside).exists()


def _delete(store: SchemaStore, table: Table, condition: ColumnElement[bool]) -> Iterator[int]:
    """Deletes in batches, so that no other transaction waits long for a lock."""
    key = list(table.primary_key)
    while True:
        with store.transaction() as session:
            keys = [tuple(row) for row in session.execute(select(*key).where(condition).limit(BATCH))]
            deleted = sum(
                changed(session, delete(table).where(tuple_(*key).in_(some), condition)) for some in chunks(keys, KEYS)
            )
        yield deleted
        if len(keys) < BATCH:
            return
