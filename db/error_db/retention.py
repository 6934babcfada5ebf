"""Deletes rows after their retention, in batches, so that no other transaction waits long for a lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Engine, Select, bindparam, delete, exists, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.engine import read_only
from db.error_db.models import (
    CorrelationEventRow,
    ErrorBase,
    FingerprintState,
    Incident,
    LogReadingRow,
    Occurrence,
    OperationRow,
    ProbeReadingRow,
    ReasonRow,
    RecoveryRow,
    RejectedMessage,
    ReportedCheckRow,
    ReportedRunRow,
    ResourceFactRow,
    Silence,
    SplitPart,
    StagedFinding,
    WorkerMachineRow,
)
from shared.model import Status

BATCH = 500
# State that only rules read: longer than the longest retention of Pub/Sub (31 days), so that no message that it may
# still deliver is counted twice.
STATE_DAYS = 32
# A subscription keeps a message for a week: what arrives later is a replay, which only sees the latest recovery.
RECOVERY_DAYS = 8
READING_DAYS = 3  # the history copies them every hour

ExpiredRows = tuple[type[ErrorBase], ColumnElement[bool]]


def forget(engine: Engine, now: datetime, *, retention_days: int) -> int:
    """Deletes resolved incidents (with occurrences and runs), fingerprints, rule state, findings of staged rules, rejected messages and silences.

    `retention_days` applies to rows that people read; the state of rules expires after STATE_DAYS at most. The fingerprint
    of a deleted incident is deleted by the next call. Returns the number of rows.
    """
    days = {"cutoff": retention_days, "state": STATE_DAYS, "recoveries": RECOVERY_DAYS, "readings": READING_DAYS}
    times = {name: now - timedelta(days=min(retention_days, most)) for name, most in days.items()}
    # Most calls find nothing: one query says so, and no other transaction waits for a lock.
    with read_only(engine).connect() as connection:
        found = connection.execute(_which_are_found(), times).one()
    expired = zip(_expired_rows(), found, strict=True)
    return sum(_delete(engine, *rows, times) for rows, is_found in expired if is_found)


@cache
def _which_are_found() -> Select[*tuple[bool, ...]]:
    """The query for whether there is an expired row, with a column for each of `_expired_rows`."""
    return select(*(exists().where(condition).select_from(model) for model, condition in _expired_rows()))


@cache
def _expired_rows() -> tuple[ExpiredRows, ...]:
    """The kinds of rows, and the condition for expired ones, with parameters for the times before which they expire."""
    cutoff: BindParameter[datetime] = bindparam("cutoff")
    state: BindParameter[datetime] = bindparam("state")
    recoveries: BindParameter[datetime] = bindparam("recoveries")
    readings: BindParameter[datetime] = bindparam("readings")
    names = Incident.fingerprint, Incident.fault_group
    has_incident = exists(select(Incident.id).where(or_(*(name == FingerprintState.fingerprint for name in names))))
    return (
        (ProbeReadingRow, ProbeReadingRow.stored_at < readings),
        (Incident, (Incident.status == Status.RESOLVED) & (Incident.resolved_at < cutoff)),
        (FingerprintState, (FingerprintState.touched_at < state) & ~has_incident),
        (LogReadingRow, LogReadingRow.planned_at < recoveries),
        (ReasonRow, ReasonRow.time < recoveries),
        (RecoveryRow, (RecoveryRow.time < recoveries) & ~_is_needed()),
        (ReportedRunRow, ReportedRunRow.changed_at < recoveries),
        (ReportedCheckRow, ReportedCheckRow.changed_at < recoveries),
        (CorrelationEventRow, CorrelationEventRow.time < state),
        (OperationRow, OperationRow.time < state),
        (ResourceFactRow, ResourceFactRow.time < cutoff),
        (SplitPart, (SplitPart.received_at < state) & SplitPart.used_at.is_not(None)),
        (RejectedMessage, RejectedMessage.received_at < cutoff),
        (StagedFinding, StagedFinding.received_at < cutoff),
        (Silence, Silence.expires_at < cutoff),
        (WorkerMachineRow, WorkerMachineRow.seen_at < recoveries),
    )


def _is_needed() -> ColumnElement[bool]:
    """Whether a recovery may have repaired a run of an unresolved incident."""
    unresolved = Incident.status != Status.RESOLVED, Incident.opened_at <= RecoveryRow.time
    own = exists(select(Incident.id).where(*unresolved, Incident.fingerprint == RecoveryRow.fingerprint))
    of_group = select(Occurrence.id).join(Incident).where(*unresolved, Incident.fault_group != Incident.fingerprint)
    return own | exists(of_group.where(Occurrence.fingerprint == RecoveryRow.fingerprint))


def _delete(
    engine: Engine, model: type[ErrorBase], condition: ColumnElement[bool], times: Mapping[str, datetime]
) -> int:
    deleted = 0
    while True:
        batch = _delete_batch(engine, model, condition, times)
        deleted += batch
        if batch < BATCH:
            return deleted


def _delete_batch(
    engine: Engine, model: type[ErrorBase], condition: ColumnElement[bool], times: Mapping[str, datetime]
) -> int:
    key: list[InstrumentedAttribute[object]] = [getattr(model, column.key) for column in model.__table__.primary_key]
    with Session(engine) as session, session.begin():
        keys = [tuple(row) for row in session.execute(select(*key).where(condition).limit(BATCH), times)]
        if keys:
            expired = delete(model).where(tuple_(*key).in_(keys), condition)
            session.execute(expired, times, execution_options={"synchronize_session": False})
    return len(keys)
