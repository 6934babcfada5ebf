"""Results of data quality checks from declared queries, and their incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.history_analysis.quality.check import QueriedChecks
from collectors.history_analysis.results import SnapshotOutcome
from db.error_db import queries
from db.error_db.store import ErrorStore
from db.schema_db.models import QualityResult
from db.schema_db.store import SchemaStore
from demo.platform.bigquery.information_schema import QueryResult, encode_row
from demo.platform.bigquery.server import BigQueryServer
from insights.quality.queries_file import compile_queries
from shared.config import Settings
from shared.errors import InputError
from shared.model import Status
from shared.records import IncidentView
from tests.support.collecting import CollectingSite
from tests.support.history import TEN

pytestmark = [pytest.mark.sqlite, pytest.mark.server]
PROJECT = "example-project"
HOUR = timedelta(hours=1)
RESULTS = """
queries:
  - name: nightly
    project: example-project
    location: EU
    sql: SELECT * FROM `example-project.quality.results` WHERE checked_at >= @since AND checked_at < @until
    columns: {check: rule, table: target, state: outcome, value: bad_rows, time: checked_at, run: batch}
    states: {failed: [NG], passed: OK}
    max_megabytes: 100
"""
COUNT = """
queries:
  - name: orders_without_customer
    project: example-project
    location: EU
    sql: SELECT COUNTIF(customer_id IS NULL) AS missing FROM `example-project.mart.orders`
    columns: {value: missing}
    warn: '> 0'
    fail: '> 10'
    table: example-project.mart.orders
"""


@dataclass
class Answers:
    """A warehouse that answers every query with these rows, and records the queries."""

    types: dict[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def run(self, _sql: str, parameters: Mapping[str, Any], _dataset: str) -> QueryResult:
        self.asked.append(parameters)
        fields: list[Any] = [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in self.types.items()]
        return QueryResult(fields, [encode_row(row, fields) for row in self.rows])

    def load(self, _load: Mapping[str, Any], _data: bytes) -> int:
        raise AssertionError("nothing is loaded")


@dataclass
class Checked:
    """An installation with one declared query, its BigQuery, and the check that follows a history run."""

    site: CollectingSite
    errors: ErrorStore
    answers: Answers

    def run(self, at: datetime, *rows: dict[str, Any]) -> list[IncidentView]:
        self.answers.rows = list(rows)
        self.site.done("quality", at)
        QueriedChecks(self.site.store, lambda: self.errors, self.site.settings, lambda *_: None).check(at)
        with self.errors.reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=10)

    def results(self) -> list[tuple[str, str, str]]:
        rows = sorted(self.site.rows(QualityResult), key=lambda row: (row.time, row.value))
        return [(row.state, row.value, row.expected) for row in rows]


@pytest.fixture
def bigquery() -> Iterator[BigQueryServer]:
    with BigQueryServer() as server:
        yield server


def checked(
    text: str, types: dict[str, str], folder: Path, stores: tuple[SchemaStore, ErrorStore], server: BigQueryServer
) -> Checked:
    (folder / "quality.yaml").write_text(text, encoding="utf-8")
    errors: list[InputError] = []
    compiled = compile_queries(folder, errors)
    assert errors == []
    server.jobs.warehouse = answers = Answers(types)
    settings = Settings(projects=(PROJECT,), bigquery_endpoint=server.url, history_first_days=1)
    return Checked(CollectingSite(stores[0], settings, queries=compiled), stores[1], answers)


@pytest.fixture
def nightly(
    tmp_path: Path, sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore, bigquery: BigQueryServer
) -> Checked:
    types = {"rule": "STRING", "target": "STRING", "outcome": "STRING", "bad_rows": "INTEGER", "checked_at": "TIMESTAMP", "batch": "STRING"}  # fmt: skip
    return checked(RESULTS, types, tmp_path, (sqlite_schema_store, sqlite_store), bigquery)


def row(at: datetime, outcome: str, *, rule: str = "not_null_id", bad: int = 0, target: str = "") -> dict[str, Any]:
    target = target or "example-project.mart.orders"
    return {
        "rule": rule,
        "target": target,
        "outcome": outcome,
        "bad_rows": bad,
        "checked_at": at,
        "batch": f"{at:%d%H}",
    }


def test_a_failed_row_is_an_incident_until_a_row_of_the_same_check_passes(nightly: Checked) -> None:
    first = row(TEN - HOUR / 2, "NG", bad=12)
    (incident,) = nightly.run(TEN, first, row(TEN - HOUR / 2, "ok", rule="unique_id"))
    assert (incident.rule, incident.service, incident.occurrence_count) == ("quality/check_failed", "bigquery", 1)
    assert (incident.opened_at, incident.labels["query"]) == (first["checked_at"], "nightly")
    assert incident.summary == "not_null_id of example-project.mart.orders: 12"
    passed_elsewhere = row(TEN + HOUR / 2, "OK", target="example-project.mart.customers")
    (incident,) = nightly.run(TEN + HOUR, first, passed_elsewhere)  # the window overlaps, so that it is read again
    assert (incident.status, incident.occurrence_count) == (Status.OPEN, 1)
    (incident,) = nightly.run(TEN + 2 * HOUR, row(TEN + 1.5 * HOUR, "OK"))
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, TEN + 1.5 * HOUR)
    assert len(nightly.results()) == 4
    bounds = {name: value["parameterValue"]["value"] for name, value in nightly.answers.asked[-1].items()}
    assert set(bounds) == {"since", "until"}


def test_a_count_is_a_check_with_a_condition(
    tmp_path: Path, sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore, bigquery: BigQueryServer
) -> None:
    count = checked(COUNT, {"missing": "INTEGER"}, tmp_path, (sqlite_schema_store, sqlite_store), bigquery)
    assert count.run(TEN, {"missing": 0}) == []
    (incident,) = count.run(TEN + HOUR, {"missing": 3})
    assert (incident.title, incident.resource) == ("Data quality check warns", "example-project.mart.orders")
    (incident,) = count.run(TEN + 2 * HOUR, {"missing": 30})
    assert incident.summary == "orders_without_customer of example-project.mart.orders: 30 (expected at most 0)"
    (incident,) = count.run(TEN + 3 * HOUR, {"missing": 0})
    assert incident.status is Status.RESOLVED
    assert [(state, value) for state, value, _ in count.results()] == [
        ("passed", "0"),
        ("warned", "3"),
        ("failed", "30"),
        ("passed", "0"),
    ]


def test_a_query_that_would_bill_too_much_fails_and_reads_nothing(nightly: Checked) -> None:
    nightly.site.queries = [{**nightly.site.queries[0], "max_megabytes": 10}]
    result = nightly.site.run("quality")
    assert result.outcome is SnapshotOutcome.FAILED
    assert "exceeded limit for bytes billed: 10000000" in result.error
    assert nightly.answers.asked == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"columns": {"state": "verdict"}}, "returns no column 'verdict': it has rule, target, outcome"),
        ({"states": {"ok": "passed"}}, "returns the state 'ng', which 'states' does not name"),
    ],
)
def test_rows_that_do_not_fit_the_declaration_fail_the_collector(
    nightly: Checked, change: dict[str, Any], problem: str
) -> None:
    nightly.site.queries = [{**nightly.site.queries[0], **change}]
    nightly.answers.rows = [row(TEN, "NG")]
    assert problem in nightly.site.run("quality").error
