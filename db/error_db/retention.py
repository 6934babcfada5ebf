"""Forgets what is older than it has to be kept, a batch at a time so that nobody waits long for a lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.error_db.models import (
    CorrelationEvent,
    ErrorBase,
    Fault,
    Incident,
    Operation,
    RecoveryRow,
    RejectedMessage,
    SeenValue,
    Silence,
    SplitPart,
)
from shared.model import Status

BATCH = 500
# State that only rules read: longer than Pub/Sub keeps a message at most (31 days), so that nothing it may
# still deliver is counted twice.
STATE_DAYS = 32
# A subscription keeps a message for a week: what comes later is a replay, for which the latest recovery has to do.
RECOVERY_DAYS = 8

Doomed = tuple[type[ErrorBase], ColumnElement[bool]]


def forget(engine: Engine, now: datetime, *, retention_days: int) -> int:
    """Deletes resolved incidents (with occurrences and runs), faults, rule state, rejected messages and silences.

    `retention_days` is for what people read; the state of rules goes after STATE_DAYS at most. Says how many rows.
    """
    kept = now - timedelta(days=retention_days)
    state = now - timedelta(days=min(retention_days, STATE_DAYS))
    recoveries = now - timedelta(days=min(retention_days, RECOVERY_DAYS))
    return sum(_delete(engine, model, condition) for model, condition in _doomed(kept, state, recoveries))


def _doomed(kept: datetime, state: datetime, recoveries: datetime) -> Iterator[Doomed]:
    has_incident = exists(select(Incident.id).where(Incident.fingerprint == Fault.fingerprint))
    yield Incident, (Incident.status == Status.RESOLVED) & (Incident.resolved_at < kept)
    yield Fault, (Fault.touched_at < state) & ~has_incident
    yield RecoveryRow, RecoveryRow.time < recoveries
    yield CorrelationEvent, CorrelationEvent.time < state
    yield Operation, Operation.time < state
    yield SplitPart, (SplitPart.received_at < state) & SplitPart.used_at.is_not(None)
    yield SeenValue, SeenValue.last_seen_at < kept
    yield RejectedMessage, RejectedMessage.received_at < kept
    yield Silence, Silence.expires_at < kept


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
