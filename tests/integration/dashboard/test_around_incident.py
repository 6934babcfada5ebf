"""The parts of the incident page about the time around it: the calls of the account, and lines of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from db.schema_db.write.rows import write
from demo.platform.logging.server import LoggingServer
from shared.history import TableSizeRow, UserActionRow
from tests.support.dashboard import Dashboard
from tests.support.findings import finding
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

PEOPLE: dict[str, Any] = {"dashboard_operators": ("bob@example.com",)}


@pytest.fixture
def logs() -> Iterator[LoggingServer]:
    """A simulated Cloud Logging server."""
    server = LoggingServer()
    server.start()
    yield server
    server.stop()


def test_the_calls_of_the_account_around_an_incident_are_counted_from_the_history(desk: Desk, site: Dashboard) -> None:
    desk.public_bucket()
    view = desk.detail().incident
    with site.schema_store.transaction() as session:
        for method, hours, denied in (("probe.tables", 0, 7), ("probe.secrets", 0, 2), ("probe.long_ago", 5, 1)):
            time = view.opened_at - timedelta(hours=hours)
            hour = time.replace(minute=0, second=0, microsecond=0)
            table = "//bigquery.googleapis.com/projects/example-project/datasets/finance/tables/salaries"
            row = UserActionRow(
                hour, "example-project", view.principal, "bigquery.googleapis.com", method, table, 7, denied, time, time, ["192.0.2.0/24"]
            )  # fmt: skip
            write(session, 1, [row])
    page = site.local(desk.settings).read("/incidents/1")
    assert f"Calls of {view.principal} within an hour of it 14 calls" in page
    assert "probe.tables example-project.finance.salaries 7 Calls , 7 denied 192.0.2.0/24" in page
    assert "probe.secrets example-project.finance.salaries 7 Calls , 2 denied" in page
    assert "probe.long_ago" not in page


def test_a_cause_between_two_daily_snapshots_has_their_days_and_no_time_of_day(desk: Desk, site: Dashboard) -> None:
    table = "example-project.mart.orders"
    with desk.store.transaction(desk.now) as transaction:
        transaction.record(
            finding(summary="Job daily_load failed: Unrecognized name in example-project:mart.orders"), redact=()
        )
    days = [desk.now.date() - timedelta(days=ago) for ago in (2, 1)]
    sizes = [TableSizeRow(day, table, "bigquery", "example-project", "x", schema_key=str(day)) for day in days]
    with site.schema_store.transaction() as session:
        write(session, 1, sizes)
    visitor = site.local(desk.settings)
    page, between = visitor.read("/incidents/1"), [f"{day.day} {day:%b}" for day in days]
    assert f"between the snapshots of {between[0]} and {between[1]}" in page
    assert f"{between[1]} change schema: columns of {table} changed (between the snapshots" in page
    (cause,) = visitor.open("/api/v1/incidents/1").json["causes"]  # type: ignore[index]
    assert cause["snapshot_days"] == [str(day) for day in days]


def test_log_lines_around_the_entry_are_fetched_redacted_and_kept_as_evidence(
    desk: Desk, site: Dashboard, logs: LoggingServer
) -> None:
    name = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"
    made = finding(fingerprint="burst", event_key="burst", log_name=name, insert_id="e5", principal="bob@example.com")
    with desk.store.transaction(desk.now) as transaction:
        transaction.record(replace(made, time=desk.now), redact=())
    people = {**PEOPLE, "dashboard_log_lines": 4}
    assert "Fetch log lines" not in site.deployed("bob@example.com", **PEOPLE).read("/incidents/1")
    refused = site.deployed("bob@example.com", **PEOPLE).refused("/incidents/1/log-lines", "/incidents/1")
    assert "only if HINOMI_DASHBOARD_LOG_LINES is above 0" in refused
    for number in range(10):
        logs.add(audit_entry(name, f"e{number}", desk.now + timedelta(seconds=number - 5), number))
    visitor = site.deployed("bob@example.com", **people, logging_endpoint=logs.endpoint)
    logs.fail(grpc.StatusCode.PERMISSION_DENIED, times=1)
    visitor.send("/incidents/1/log-lines")
    assert "No log lines were read" in visitor.read("/incidents/1")
    visitor.send("/incidents/1/log-lines")
    assert 'principalEmail="bob@example.com"' in logs.requests[-1].filter
    assert "5 log lines kept as evidence." in visitor.read("/incidents/1")
    page = site.deployed("bob@example.com", **PEOPLE).read("/incidents/1")
    assert "fetched by bob@example.com" in page
    shown = [
        f"storage.objects.get · projects/_/buckets/b/objects/{number} · 203.0.113.7" in page for number in range(10)
    ]
    assert shown == [number in range(3, 8) for number in range(10)]


def audit_entry(name: str, insert_id: str, time: datetime, number: int) -> dict[str, Any]:
    call = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": "storage.objects.get",
        "resourceName": f"projects/_/buckets/b/objects/{number}",
        "requestMetadata": {"callerIp": "203.0.113.7"},
    }
    return {"logName": name, "insertId": insert_id, "timestamp": time.isoformat(), "protoPayload": call}
