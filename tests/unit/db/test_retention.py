"""The retention of rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.error_db import retention
from db.error_db.models import (
    CorrelationEventRow,
    ErrorBase,
    FingerprintState,
    OperationRow,
    RejectedMessage,
    ResourceFactRow,
    SplitPart,
)
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, finding

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
}
TIMES = ("time", "received_at", "touched_at")


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


@pytest.mark.parametrize(("model", "values"), ROWS.values(), ids=ROWS)
def test_what_is_new_stays(store: ErrorStore, model: type[ErrorBase], values: dict[str, Any]) -> None:
    add(store, model, values, NOON)
    assert store.forget(NOON, retention_days=35) == 0


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


def test_more_than_one_batch_goes(store: ErrorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for index in range(5):
        add(store, OperationRow, {"operation_key": f"o{index}", "start": {}}, OLD)
    assert store.forget(NOON, retention_days=35) == 5
