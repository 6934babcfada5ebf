"""The retention of rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select

from db.error_db import retention
from db.error_db.models import (
    CorrelationEventRow,
    ErrorBase,
    FingerprintState,
    Incident,
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
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, finding, recovery

OLD = NOON - timedelta(days=40)
ROWS: dict[str, tuple[type[ErrorBase], dict[str, Any]]] = {
    "a correlation event": (CorrelationEventRow, {"rule": "r", "event_key": "e", "group_key": "g", "value": ""}),
    "an operation": (OperationRow, {"operation_key": "o", "start": {}}),
    "a rejected message": (
        RejectedMessage,
        {"message_id": "", "digest": "d", "reason": "", "body": b"", "attributes": {}},
    ),
    "a fact": (ResourceFactRow, {"resource_key": "r", "event_key": "e", "whole": True, "fields": {}}),
    "a used part": (SplitPart, {"uid": "u", "part": 0, "total": 2, "entry": {}, "used_at": OLD}),
    "a fault without incidents": (FingerprintState, {"fingerprint": "f", "rule": "r"}),
    "a reason": (
        ReasonRow,
        {"name": "n", "rule": "r", "fault_group": "g", "severity": "high", "links": {}, "text": ""},
    ),
    "a recovery": (RecoveryRow, {"fingerprint": "f", "kind": "recovery", "summary": ""}),
    "a reported run": (
        ReportedRunRow,
        {"run_key": "k", "job_key": "j", "reporter": "r", "job": "j", "run": "1", "has_id": True, "state": "failed"},
    ),
    "a reported check": (
        ReportedCheckRow,
        {"event": "e", "check_key": "k", "reporter": "r", "check_name": "c", "state": "passed"},
    ),
    "a reading of a probe": (ProbeReadingRow, {"probe": "p", "data": {}}),
    "a finding of a staged rule": (
        StagedFinding,
        dict.fromkeys(("fingerprint", "project", "resource", "principal", "summary", "log_url"), "")
        | {"rule": "r", "event_key": "e", "severity": "high", "service": "bigquery", "evidence": {}},
    ),
    "a silence": (Silence, {"matcher": {}, "owner": "a", "reason": ""}),
    "a machine of a worker": (WorkerMachineRow, {"worker": "w", "machine": "m", "is_subscribed": True}),
}
TIMES = (
    *("time", "received_at", "touched_at", "changed_at", "state_at", "stored_at"),
    *("starts_at", "expires_at", "created_at", "alive_since", "seen_at"),
)


def add(store: ErrorStore, model: type[ErrorBase], values: dict[str, Any], time: datetime) -> None:
    times = {name: time for name in TIMES if name in model.__table__.columns}
    with store.transaction(NOON) as transaction:
        transaction.session.add(model(**values, **times))


def rows(store: ErrorStore, model: type[ErrorBase]) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("model", "values"), ROWS.values(), ids=ROWS)
def test_what_is_old_goes(store: ErrorStore, model: type[ErrorBase], values: dict[str, Any]) -> None:
    add(store, model, values, OLD)
    assert store.forget(NOON, retention_days=35) == 1
    assert rows(store, model) == 0


def test_what_is_new_stays_and_no_other_transaction_is_waited_for(store: ErrorStore, engine: Engine) -> None:
    for model, values in ROWS.values():
        add(store, model, values, NOON)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _1, _2, statement, *_: statements.append(statement))
    with store.transaction(NOON) as transaction:
        transaction.session.execute(delete(Incident))  # SQLite then has its only write lock
        del statements[:]
        assert store.forget(NOON, retention_days=35) == 0
    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_the_state_of_rules_expires_earlier_than_incidents(store: ErrorStore) -> None:
    add(store, *ROWS["a correlation event"], OLD)
    add(store, *ROWS["a rejected message"], OLD)
    assert store.forget(NOON, retention_days=400) == 1
    assert rows(store, RejectedMessage) == 1


def test_an_unused_part_remains(store: ErrorStore) -> None:
    model, values = ROWS["a used part"]
    add(store, model, values | {"used_at": None}, OLD)
    assert store.forget(NOON, retention_days=35) == 0


def test_the_fault_of_an_open_incident_stays(store: ErrorStore) -> None:
    with store.transaction(OLD) as transaction:
        transaction.record(finding(), redact=())
    assert store.forget(NOON, retention_days=35) == 0


def test_the_fault_of_a_deleted_incident_goes_with_the_next_call(store: ErrorStore) -> None:
    with store.transaction(OLD) as transaction:
        transaction.record(finding(-40 * 24 * 60), redact=())
        transaction.recover(recovery(-40 * 24 * 60 + 1))
    store.forget(NOON, retention_days=35)
    assert (rows(store, Incident), rows(store, FingerprintState)) == (0, 1)
    assert store.forget(NOON, retention_days=35) == 1
    assert rows(store, FingerprintState) == 0


def test_more_than_one_batch_goes(store: ErrorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for index in range(5):
        add(store, OperationRow, {"operation_key": f"o{index}", "start": {}}, OLD)
    assert store.forget(NOON, retention_days=35) == 5
