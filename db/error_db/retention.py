"""Deletes rows after their retention, in batches, so that no other transaction waits long for a lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

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

    `retention_days` applies to rows that people read; the state of rules expires after STATE_DAYS at most. Returns the
    number of rows.
    """
    cutoff = now - timedelta(days=retention_days)
    state = now - timedelta(days=min(retention_days, STATE_DAYS))
    recoveries = now - timedelta(days=min(retention_days, RECOVERY_DAYS))
    readings = now - timedelta(days=min(retention_days, READING_DAYS))
    deleted = _delete(engine, ProbeReadingRow, ProbeReadingRow.stored_at < readings)
    return deleted + sum(_delete(engine, *each) for each in _expired_rows(cutoff, state, recoveries))


def _expired_rows(cutoff: datetime, state: datetime, recoveries: datetime) -> Iterator[ExpiredRows]:
    names = Incident.fingerprint, Incident.fault_group
    has_incident = exists(select(Incident.id).where(or_(*(name == FingerprintState.fingerprint for name in names))))
    yield Incident, (Incident.status == Status.RESOLVED) & (Incident.resolved_at < cutoff)
    yield FingerprintState, (FingerprintState.touched_at < state) & ~has_incident
    yield LogReadingRow, LogReadingRow.planned_at < recoveries
    yield ReasonRow, ReasonRow.time < recoveries
    yield RecoveryRow, (RecoveryRow.time < recoveries) & ~_is_needed()
    yield ReportedRunRow, ReportedRunRow.changed_at < recoveries
    yield ReportedCheckRow, ReportedCheckRow.changed_at < recoveries
    yield CorrelationEventRow, CorrelationEventRow.time < state
    yield OperationRow, OperationRow.time < state
    yield ResourceFactRow, ResourceFactRow.time < cutoff
    yield SplitPart, (SplitPart.received_at < state) & SplitPart.used_at.is_not(None)
    yield RejectedMessage, RejectedMessage.received_at < cutoff
    yield StagedFinding, StagedFinding.received_at < cutoff
    yield Silence, Silence.expires_at < cutoff
    yield WorkerMachineRow, WorkerMachineRow.seen_at < recoveries


def _is_needed() -> ColumnElement[bool]:
    """Whether a recovery may have repaired a run of an unresolved incident."""
    unresolved = Incident.status != Status.RESOLVED, Incident.opened_at <= RecoveryRow.time
    own = exists(select(Incident.id).where(*unresolved, Incident.fingerprint == RecoveryRow.fingerprint))
    of_group = select(Occurrence.id).join(Incident).where(*unresolved, Incident.fault_group != Incident.fingerprint)
    return own | exists(of_group.where(Occurrence.fingerprint == RecoveryRow.fingerprint))


def _delete(engine: Engine, model: type[ErrorBase], condition: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        batch = _delete_batch(engine, model, condition)
        deleted += batch
        if batch < BATCH:
            return deleted


def _delete_batch(engine: Engine, model: type[ErrorBase], condition: ColumnElement[bool]) -> int:
    key: list[InstrumentedAttribute[object]] = [getattr(model, column.key) for column in model.__table__.primary_key]
    with Session(engine) as session, session.begin():
        keys = [tuple(row) for row in session.execute(select(*key).where(condition).limit(BATCH))]
        if keys:
            session.execute(
                delete(model).where(tuple_(*key).in_(keys), condition), execution_options={"synchronize_session": False}
            )
    return len(keys)
