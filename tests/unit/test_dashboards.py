"""The SQL in docs/views.md runs on both databases, the SQL of the Grafana dashboards on PostgreSQL."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.history import TableSizeRow
from tests.support.runs import NOW, PROJECT, daily, keep

ROOT = Path(__file__).resolve().parents[2]
VIEWS = (ROOT / "docs" / "views.md").read_text(encoding="utf-8")
DASHBOARDS = sorted((ROOT / "docs" / "dashboards" / "grafana").glob("*.json"))
SECTIONS = dict(re.findall(r"^## (v_\w+)\n(.*?)(?=^## |\Z)", VIEWS, re.MULTILINE | re.DOTALL))
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
QUERIES = [(view, number, sql) for view, section in SECTIONS.items() for number, sql in enumerate(SQL.findall(section))]
MACROS = (
    (re.compile(r"\$__timeFilter\((\w+)\)"), r"\1 BETWEEN '2026-10-24' AND '2026-11-23'"),
    (re.compile(r"\$service"), "'bigquery', 'airflow'"),
    (re.compile(r"\$price"), "6.25"),
    (re.compile(r"\$slot_price"), "0.06"),
    (re.compile(r"\$metric"), "'bigquery.googleapis.com/slots/allocated_for_project'"),
)


@pytest.mark.parametrize(("view", "number", "sql"), QUERIES, ids=[f"{view}-{n}" for view, n, _ in QUERIES])
def test_an_example_of_the_page_runs(schema_store: SchemaStore, view: str, number: int, sql: str) -> None:  # noqa: ARG001
    assert view in sql
    with schema_store.reading() as session:
        session.execute(text(sql)).all()


def test_a_view_has_a_row_where_its_tables_have(schema_store: SchemaStore) -> None:
    keep(schema_store, daily("airflow:load_mart.merge_daily", [60, 90, 600], bytes_billed=2**40))
    keep(schema_store, [TableSizeRow(NOW.date(), f"{PROJECT}.mart.t", "bigquery", PROJECT, f"{PROJECT}.mart")])
    with schema_store.reading() as session:
        for view in ("v_job_runs", "v_job_runs_daily", "v_cost_daily"):
            assert session.scalar(text(f"SELECT count(*) FROM {view}")) == 3  # noqa: S608
        assert session.scalar(text("SELECT count(*) FROM v_table_growth")) == 1
        assert session.scalar(text("SELECT sum(tib_billed) FROM v_cost_daily")) == 3


def test_bytes_are_billed_on_demand_and_slots_in_a_reservation(schema_store: SchemaStore) -> None:
    used: dict[str, Any] = {"bytes_billed": 2**40, "slot_ms": 3_600_000}
    reserved = used | {"reservation_id": "admin:eu.prod", "edition": "ENTERPRISE"}
    keep(schema_store, [*daily("load", [60, 60], **used), *daily("report", [60], **reserved)])
    sums = "SELECT reservation_id, sum(tib_billed), sum(slot_hours), sum(reserved_slot_hours) FROM v_cost_daily"
    with schema_store.reading() as session:
        found = session.execute(text(f"{sums} GROUP BY reservation_id ORDER BY reservation_id IS NULL")).all()
        runs = session.execute(text("SELECT DISTINCT reservation_id, edition FROM v_job_runs")).all()
    assert [tuple(row) for row in found] == [("admin:eu.prod", 0, 1, 1), (None, 2, 2, 0)]
    assert set(map(tuple, runs)) == {(None, None), ("admin:eu.prod", "ENTERPRISE")}


def test_the_page_has_every_view_with_every_column(schema_db_url: str) -> None:
    engine = make_engine(schema_db_url)
    inspector = inspect(engine)
    # The other views have the old name of a table.
    views = [name for name in inspector.get_view_names() if name.startswith("v_")]
    found = {view: {column["name"] for column in inspector.get_columns(view)} for view in views}
    engine.dispose()
    documented = {
        view: {name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
        for view, part in SECTIONS.items()
    }
    assert documented == found


@pytest.mark.parametrize("view", SECTIONS)
def test_every_view_has_three_questions(view: str) -> None:
    assert len(SQL.findall(SECTIONS[view])) == 3


def queries_of(node: Any, source: str = "") -> list[tuple[str, str]]:
    """Every SQL text of a dashboard, with the variable of its data source."""
    if isinstance(node, list):
        return [found for item in node for found in queries_of(item, source)]
    if not isinstance(node, dict):
        return []
    source = node["datasource"]["uid"] if isinstance(node.get("datasource"), dict) else source
    own = [node["rawSql"]] if "rawSql" in node else [node["query"]] if node.get("type") == "query" else []
    return [(source, sql) for sql in own] + [found for value in node.values() for found in queries_of(value, source)]


@pytest.mark.postgresql
@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_query_of_a_dashboard_runs(schema_postgres_url: str, postgres_url: str, path: Path) -> None:
    urls = {"${datasource}": schema_postgres_url, "${incidents}": postgres_url}
    found = queries_of(json.loads(path.read_text(encoding="utf-8")))
    assert len(found) > 3
    for source, url in urls.items():
        engine = make_engine(url)
        with engine.connect() as connection:
            for sql in (sql for named, sql in found if named == source):
                prepared = sql
                for pattern, value in MACROS:
                    prepared = pattern.sub(value, prepared)
                assert "$" not in prepared
                connection.exec_driver_sql(prepared.replace("%", "%%")).all()
        engine.dispose()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_imported(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in dashboard["panels"]]
    variables = {each["name"]: each for each in dashboard["templating"]["list"]}
    sources = {f"${{{name}}}" for name, each in variables.items() if each["type"] == "datasource"}
    assert dashboard["uid"] == f"hinomi-{path.stem}"
    assert len(ids) == len(set(ids))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} <= sources
    assert set(re.findall(r"\$\{(\w+)", json.dumps(dashboard))) - {"__data", "__value"} <= set(variables)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_links_to_hinomi_marks_incidents_and_overlaps_nothing(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    assert dashboard["links"]
    assert "${dashboard}/" in json.dumps(dashboard)
    marked = [each["datasource"]["uid"] for each in dashboard["annotations"]["list"]]
    assert marked == ([] if path.stem == "incidents" else ["${incidents}"])
    cells = [
        (column, row)
        for place in (panel["gridPos"] for panel in dashboard["panels"])
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24
