"""The number of SQL statements of a page does not depend on the number of its rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from benchmarks.dashboard import counted
from db.error_db.models import ActionRun, Incident, Occurrence
from db.error_db.store import ErrorStore
from db.schema_db.models import Binding, Resource
from db.schema_db.store import SchemaStore
from tests.support.dashboard import NOW, Dashboard
from tests.support.runs import keep, run

pytestmark = pytest.mark.sqlite

BUCKET = "//storage.googleapis.com/bucket-1"
PAGES = (
    "/", "/incidents", "/incidents?state=resolved", "/incidents/1", "/jobs", "/jobs/days", "/cost",
    f"/access/resource?on={BUCKET}", "/access/principal?who=person1@example.com",
    "/access/unused", "/rules", "/rules/bigquery/job_failed", "/handlers/runs", "/handlers/channels", "/reports?again=1", "/health",
    "/search?q=table",
)  # fmt: skip


def add(errors: ErrorStore, history: SchemaStore, numbers: range) -> None:
    """Adds incidents with an occurrence and a run each, half of them resolved; jobs with two runs; resources with a grant."""
    with errors.transaction(NOW) as transaction:
        for model, rows in (
            (Incident, [incident(number) for number in numbers]),
            (Occurrence, [occurrence(number) for number in numbers]),
            (ActionRun, [action_run(number) for number in numbers]),
        ):
            transaction.session.execute(insert(model), rows)
    keep(history, [run(f"job-{number}", ago=timedelta(hours=hours), principal=f"p{number}@example.com", bytes_billed=1) for number in numbers for hours in (70, 90)])  # fmt: skip
    with history.transaction() as session:
        names = [f"//storage.googleapis.com/bucket-{number}" for number in numbers]
        above = ["projects/p", "organizations/1"]
        session.execute(insert(Resource), [{"name": name, "asset_type": "Bucket", "project": "p", "ancestors": above, "policy_key": "", "seen_by": 1} for name in names])  # fmt: skip
        grants = [*((name, "person1") for name in names), *((BUCKET, f"person{number}") for number in numbers[1:])]
        session.execute(insert(Binding), [grant(*each) for each in grants])


def incident(number: int) -> dict[str, object]:
    time, resolved = NOW - timedelta(hours=number % 60), number % 2 == 0
    return {
        "id": number, "fingerprint": str(number), "rule": "bigquery/job_failed", "title": "A job failed", "kind": "job_failure",
        "severity": "high", "service": "bigquery", "project": "p", "resource": f"p.d.table_{number}", "principal": "p@example.com",
        "summary": "failed", "status": "resolved" if resolved else "open", "opened_at": time, "last_seen_at": time,
        "occurrence_count": 1, "labels": {}, "received_at": time, "resolved_at": time if resolved else None,
        "resolved_by": "recovery" if resolved else None, "unrepaired": {},
    }  # fmt: skip


def occurrence(number: int) -> dict[str, object]:
    return {
        "id": number, "incident_id": number, "rule": "bigquery/job_failed", "fingerprint": str(number), "event_key": str(number),
        "severity": "high", "time": NOW - timedelta(hours=1), "received_at": NOW, "message_id": "1", "log_name": "l", "insert_id": "i",
        "log_url": "", "principal": "p@example.com", "summary": "failed", "evidence": {},
    }  # fmt: skip


def action_run(number: int) -> dict[str, object]:
    return {
        "incident_id": number, "handler_rule": "mail", "trigger": "opened", "cause": str(number), "action": "email", "target": f"email:{number}",
        "params": {}, "mode": "auto", "state": "done", "attempts": 1, "not_before": NOW, "created_at": NOW, "finished_at": NOW,
    }  # fmt: skip


def grant(resource: str, person: str) -> dict[str, object]:
    return {
        "resource": resource, "role": "roles/storage.objectViewer", "member": f"user:{person}@example.com", "condition_key": "",
        "valid_from": NOW - timedelta(days=9), "exact_from": False, "exact_to": False, "seen_by": 1,
    }  # fmt: skip


def statements(dashboard: Dashboard, engines: tuple[Engine, ...], page: str) -> int:
    visitor = dashboard.local()
    with counted(engines[0]) as errors, counted(engines[1]) as history:
        assert visitor.client.get(page).status_code == 200, page
    return len(errors) + len(history)


def test_a_page_with_many_rows_sends_as_many_statements_as_one_with_few(
    dashboard: Dashboard, sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore
) -> None:
    engines = (sqlite_store.engine, sqlite_schema_store.engine)
    add(sqlite_store, sqlite_schema_store, range(1, 5))
    few = {page: statements(dashboard, engines, page) for page in PAGES}
    add(sqlite_store, sqlite_schema_store, range(5, 20))
    assert {page: statements(dashboard, engines, page) for page in PAGES} == few
