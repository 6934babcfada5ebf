"""The views of the Error DB: the SQL in docs/incident-views.md runs, and views have the times and results of reports."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text

from db.error_db.incidents import false_alarms
from db.error_db.incidents.false_alarms import AlarmRecord
from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from handlers.spec import HandlerSpec
from shared.config import ROOT, Settings
from shared.model import Mode
from tests.support.findings import NOON, finding, recovery
from tests.support.handling import BUCKET, GRANT, Desk

PAGE = (ROOT / "docs" / "incident-views.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (v_\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def rows(store: ErrorStore, sql: str) -> list[dict[str, Any]]:
    with store.reading() as session:
        return [dict(row) for row in session.execute(text(sql)).mappings()]


def test_the_page_has_every_view_with_every_column_and_its_examples_run(store: ErrorStore) -> None:
    inspector = inspect(store.engine)
    views = [name for name in inspector.get_view_names() if name.startswith("v_")]
    found = {view: {column["name"] for column in inspector.get_columns(view)} for view in views}
    documented = {
        view: {name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
        for view, part in SECTIONS.items()
    }
    assert documented == found
    for view, section in SECTIONS.items():
        examples = SQL.findall(section)
        assert len(examples) == 3
        for sql in examples:
            assert view in sql
            assert rows(store, sql) == []


def test_incidents_have_the_times_of_reports(store: ErrorStore) -> None:
    minute = timedelta(minutes=1)
    for number in range(4):
        made = replace(finding(), fingerprint=f"f{number}", event_key=f"e{number}", time=NOON - (number + 1) * minute)
        with store.transaction(NOON) as transaction:
            transaction.record(made, redact=())
    with store.transaction(NOON) as transaction:
        transaction.acknowledge(1, by="alice", time=NOON + 5 * minute)
        transaction.resolve(1, reason="done", time=NOON + 9 * minute)
        transaction.resolve(2, reason="done", time=NOON + 8 * minute)
        false_alarms.mark(transaction, 3, by="alice", reason="a test", time=NOON)
    first, second, third, fourth = rows(store, "SELECT * FROM v_incidents ORDER BY id")
    assert (first["detect_seconds"], first["acknowledge_seconds"], first["resolve_seconds"]) == (60, 300, 600)
    assert (second["resolve_seconds"], second["acknowledge_seconds"], bool(second["is_without_person"])) == (
        600,
        None,
        False,
    )
    assert [bool(each["is_false_alarm"]) for each in (first, second, third, fourth)] == [False, False, True, False]
    assert 4 in [each["id"] for each in rows(store, "SELECT id FROM v_open_incidents")]
    (daily,) = rows(store, "SELECT * FROM v_incident_times_daily")
    assert (daily["incidents"], daily["median_detect_seconds"], daily["median_acknowledge_seconds"]) == (4, 150, 300)
    (noise,) = rows(store, "SELECT * FROM v_rule_noise_daily")
    assert (noise["incidents"], noise["false_alarms"]) == (4, 1)
    assert noise["needed_person"] >= 2
    over = replace(recovery(9), fingerprint="f3")
    with store.transaction(NOON + 10 * minute) as transaction:
        transaction.recover(over)
        false_alarms.mark(transaction, 4, by="bob", reason="", time=NOON + 10 * minute)
        assert false_alarms.record_of(transaction.session, "bigquery/job_failed", NOON) == AlarmRecord(4, 2)


@pytest.mark.sqlite
def test_a_remediation_that_helped_has_worked(sqlite_store: ErrorStore, storage: StorageServer) -> None:
    storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
    desk = Desk(sqlite_store, Settings(storage_endpoint=storage.url))
    desk.apply(HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.AUTO))
    desk.public_bucket()
    desk.work()
    (run,) = rows(desk.store, "SELECT * FROM v_remediations")
    (incident,) = rows(desk.store, "SELECT * FROM v_incidents")
    assert (run["action"], bool(run["has_changed"])) == ("remove_iam_member", True)
    assert bool(run["worked"]) == (incident["resolved_by"] in ("recovery", "repair"))
    assert (incident["remediations"], bool(incident["is_without_person"])) == (1, True)
