"""Results of data quality checks from reporters: an incident for each check that fails, and its history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.error_db import queries, retention
from db.error_db.models import ReportedCheckRow
from db.schema_db.models import QualityCheck, QualityResult
from db.schema_db.retention import RetentionDays, forget
from db.schema_db.store import SchemaStore
from main import Application
from shared import config
from shared.model import ErrorClass, Severity, Status
from shared.records import IncidentView
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

pytestmark = pytest.mark.sqlite
THREE = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Warehouse:
    """An installation that receives results of checks on `mart.orders`, and its history runs."""

    def __init__(self, folder: Path, error_url: str, schema: SchemaStore) -> None:
        self.now, self.schema = THREE, schema
        self.application = Application(
            config.load(
                {
                    "HINOMI_ERROR_DB_URL": error_url,
                    "HINOMI_SCHEMA_DB_URL": str(schema.engine.url),
                    "HINOMI_RULES_DIR": str(rules_with(folder, "dbt", "other")),
                    "HINOMI_PROJECTS": "example-project",
                }
            ),
            clock=lambda: self.now,
        )

    def result(self, at: datetime, state: str, *, reporter: str = "dbt", **more: Any) -> str:
        check = {"check": "not_null_id", "table": "shop.mart.orders", "column": "id", "state": state}
        report = {"report": reporter, "time": at.isoformat(), **check, **more}
        return self.application.pipeline.handle(
            push_body(report), max(at, self.now) + MINUTE, route=f"/reports/{reporter}"
        )

    def history(self, at: datetime) -> None:
        self.now = at
        text, status = self.application.history(b'{"collectors": ["reports.runs"]}', at.isoformat(), at)
        assert (status, json.loads(text)["failures"]) == (200, [])

    def incidents(self) -> list[IncidentView]:
        with self.application.store().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)

    def open(self) -> list[IncidentView]:
        return [each for each in self.incidents() if each.status is Status.OPEN]

    def results(self) -> list[QualityResult]:
        with self.schema.reading() as session:
            return list(session.scalars(select(QualityResult).order_by(QualityResult.time)))

    def checks(self) -> list[QualityCheck]:
        with self.schema.reading() as session:
            return list(session.scalars(select(QualityCheck).order_by(QualityCheck.check_name)))


@pytest.fixture
def warehouse(tmp_path: Path, sqlite_url: str, sqlite_schema_store: SchemaStore) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path, sqlite_url, sqlite_schema_store)
    yield made
    made.application.store().engine.dispose()


def test_a_failing_check_is_one_incident_until_it_passes(warehouse: Warehouse) -> None:
    warehouse.result(THREE, "failed", value=12, expected="0", id="run-1", dimension="Completeness")
    warehouse.result(THREE + HOUR, "failed", value=15, expected="0", id="run-2")
    (incident,) = warehouse.incidents()
    assert (incident.rule, incident.resource, incident.occurrence_count) == ("report/dbt", "shop.mart.orders", 2)
    assert incident.summary == "not_null_id of shop.mart.orders.id: 15 (expected 0)"
    assert incident.error == ErrorClass.DATA
    assert incident.labels["check"] == "not_null_id"
    warehouse.result(THREE + 2 * HOUR, "ok", value=0, id="run-3")
    (incident,) = warehouse.incidents()
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, THREE + 2 * HOUR)
    assert incident.resolution == "Check not_null_id of shop.mart.orders.id passed"


@pytest.mark.parametrize(
    "other",
    [
        {"check": "unique_id"},
        {"table": "shop.mart.customers"},
        {"column": "customer_id"},
        {"partition": "2026-11-02"},
        {"reporter": "other"},
        {"state": "skipped"},
    ],
)
def test_only_the_same_check_resolves_it(warehouse: Warehouse, other: dict[str, Any]) -> None:
    warehouse.result(THREE, "failed")
    warehouse.result(THREE + HOUR, **{"state": "ok", **other})
    assert [each.labels["check"] for each in warehouse.open()] == ["not_null_id"]


def test_a_warning_is_of_low_severity_and_a_failure_raises_it(warehouse: Warehouse) -> None:
    warehouse.result(THREE, "warn", value=2)
    assert [each.severity for each in warehouse.open()] == [Severity.LOW]
    warehouse.result(THREE + HOUR, "failed", severity="high")
    (incident,) = warehouse.open()
    assert (incident.severity, incident.occurrence_count) == (Severity.HIGH, 2)


def test_a_check_that_could_not_run_is_an_incident_of_its_own_words(warehouse: Warehouse) -> None:
    warehouse.result(THREE, "error", summary="column not found")
    (incident,) = warehouse.open()
    assert incident.summary == "not_null_id of shop.mart.orders.id (column not found)"
    assert incident.title == "Data quality check could not run"


def test_each_result_is_kept_with_the_latest_one_of_the_check(warehouse: Warehouse) -> None:
    for day, state in enumerate(("ok", "failed", "ok")):
        warehouse.result(
            THREE + day * DAY, state, value=day, expected=0, id=f"run-{day}", url="https://ci.example.com/1"
        )
    warehouse.result(THREE + DAY, "failed", value=1, expected=0, id="run-1")  # sent again
    warehouse.history(THREE + 2 * DAY + HOUR)
    warehouse.result(THREE + 2 * DAY - HOUR, "failed", id="late")  # of before
    warehouse.history(THREE + 2 * DAY + 2 * HOUR)
    assert [(each.state, each.value, each.run) for each in warehouse.results()] == [
        ("passed", "0", "run-0"),
        ("failed", "1", "run-1"),
        ("failed", "", "late"),
        ("passed", "2", "run-2"),
    ]
    (check,) = warehouse.checks()
    assert (check.state, check.checked_at, check.expected) == ("passed", THREE + 2 * DAY, "0")
    assert (check.source, check.origin, check.url) == ("report", "dbt", "https://ci.example.com/1")
    assert {each.check_key for each in warehouse.results()} == {check.check_key}
    (incident,) = warehouse.incidents()
    assert incident.fingerprint == check.check_key


def test_of_two_results_of_one_run_the_worse_one_stays(warehouse: Warehouse) -> None:
    for state in ("ok", "failed", "ok"):
        warehouse.result(THREE, state, id="run-1")
    warehouse.history(THREE + HOUR)
    assert [each.state for each in warehouse.results()] == ["failed"]


def test_secrets_are_redacted_in_rows_too(warehouse: Warehouse) -> None:
    warehouse.result(THREE, "failed", summary="password=hunter2secret", value="password=hunter2secret")
    warehouse.history(THREE + HOUR)
    (result,) = warehouse.results()
    assert "hunter2secret" not in result.message + result.value
    assert "hunter2secret" not in warehouse.incidents()[0].summary


def test_results_go_after_their_retention(warehouse: Warehouse) -> None:
    warehouse.result(THREE, "ok", id="1")
    warehouse.result(THREE + 20 * DAY, "ok", id="2")
    warehouse.history(THREE + 20 * DAY + HOUR)
    list(forget(warehouse.schema, THREE + 25 * DAY, RetentionDays(jobs=10)))
    assert [each.run for each in warehouse.results()] == ["2"]
    assert len(warehouse.checks()) == 1
    list(forget(warehouse.schema, THREE + 35 * DAY, RetentionDays(jobs=10)))
    assert warehouse.checks() == []
    store = warehouse.application.store()
    retention.forget(store.engine, THREE + 29 * DAY + HOUR, retention_days=400)
    with store.reading() as session:
        assert session.scalars(select(ReportedCheckRow)).all() == []
