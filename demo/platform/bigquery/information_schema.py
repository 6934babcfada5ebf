"""The INFORMATION_SCHEMA of a simulated BigQuery: rows in memory, and the few statements that Hinomi runs on them.

It supports a list of columns of one view of one region, bounds by query parameters, and a fingerprint for each table.
Columns and types: docs.cloud.google.com/bigquery/docs/information-schema-jobs, …-table-storage, …-columns.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
Field = dict[str, Any]


def _fields(**types: str) -> list[Field]:
    return [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in types.items()]


def _record(name: str, mode: str, fields: list[Field]) -> Field:
    return {"name": name, "type": "RECORD", "mode": mode, "fields": fields}


_TABLE = _fields(project_id="STRING", dataset_id="STRING", table_id="STRING")
_VIEWS: dict[str, list[Field]] = {
    "JOBS": [
        *_fields(
            job_id="STRING",
            parent_job_id="STRING",
            project_id="STRING",
            user_email="STRING",
            job_type="STRING",
            statement_type="STRING",
            priority="STRING",
            state="STRING",
            creation_time="TIMESTAMP",
            start_time="TIMESTAMP",
            end_time="TIMESTAMP",
            total_slot_ms="INTEGER",
            total_bytes_billed="INTEGER",
            cache_hit="BOOLEAN",
            query="STRING",
            reservation_id="STRING",
            edition="STRING",
        ),
        _record("error_result", "NULLABLE", _fields(reason="STRING", location="STRING", message="STRING")),
        _record("labels", "REPEATED", _fields(key="STRING", value="STRING")),
        _record("referenced_tables", "REPEATED", _TABLE),
        _record("destination_table", "NULLABLE", _TABLE),
    ],
    "TABLE_STORAGE": _fields(
        project_id="STRING",
        table_schema="STRING",
        table_name="STRING",
        table_type="STRING",
        total_rows="INTEGER",
        total_partitions="INTEGER",
        total_logical_bytes="INTEGER",
        storage_last_modified_time="TIMESTAMP",
        deleted="BOOLEAN",
    ),
    "COLUMNS": _fields(
        table_schema="STRING",
        table_name="STRING",
        column_name="STRING",
        data_type="STRING",
        is_nullable="STRING",
        ordinal_position="INTEGER",
        schema_key="STRING",
    ),
}
_STATEMENT = re.compile(
    r"SELECT (?P<columns>.+?) FROM `(?P<project>[^`]+)`\.`region-(?P<region>[^`]+)`\.INFORMATION_SCHEMA\.(?P<view>\w+)"
    r"(?: WHERE (?P<where>.+?))?(?: GROUP BY (?P<groups>.+?))?(?: ORDER BY (?P<order>.+?))?$",
    re.IGNORECASE,
)
_BOUND = re.compile(r"(\w+) (>=|<) @(\w+)")
_NAME = re.compile(r"\w+(?=(?:,|$))")
MULTIPLE = ("us", "eu")  # regions that the API writes in upper case
_COMMA = re.compile(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))")


class BadQueryError(ValueError):
    """A statement that this BigQuery rejects, with the message."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The result of a statement: the schema, rows in the form of the REST API, and the number of changed rows."""

    fields: list[Field]
    rows: list[Row]
    changed: int | None = None


@dataclass
class InformationSchema:
    """Rows of the views by project and region (`eu`, `europe-west1`), in lower case."""

    rows: dict[tuple[str, str, str], list[Row]] = field(default_factory=dict)

    def add(self, project: str, region: str, view: str, row: Mapping[str, Any]) -> None:
        """Adds a row to a view; missing columns are NULL."""
        self.rows.setdefault((project, region.lower(), view), []).append(dict(row))

    def regions(self, project: str) -> list[str]:
        """The regions in which the project has rows."""
        return sorted({region for name, region, _ in self.rows if name == project})

    def jobs(self, project: str) -> list[Row]:
        """The project's jobs as in jobs.list, newest first, without those that belong to a script."""
        listed = [
            (
                row["creation_time"],
                row["job_id"],
                region.upper() if region in MULTIPLE else region,
                str(row.get("state") or "DONE"),
            )
            for (name, region, view), rows in self.rows.items()
            for row in rows
            if (name, view) == (project, "JOBS") and row.get("creation_time") and not row.get("parent_job_id")
        ]
        return [
            {
                "jobReference": {"projectId": project, "jobId": job_id, "location": location},
                "statistics": {"creationTime": str(int(created.timestamp() * 1000))},
                "status": {"state": state},
            }
            for created, job_id, location, state in sorted(listed, reverse=True)
        ]

    def run(self, sql: str, parameters: Mapping[str, Any]) -> QueryResult:
        """Runs a statement. Raises BadQueryError if the real service responds with 400."""
        parsed = _STATEMENT.match(" ".join(sql.split()))
        if parsed is None or parsed["view"].upper() not in _VIEWS:
            raise BadQueryError(f"Syntax error: unexpected statement {sql[:200]}")
        view = parsed["view"].upper()
        rows = self.rows.get((parsed["project"], parsed["region"].lower(), view), [])
        rows = _bounded(view, rows, parsed["where"] or "", parameters)
        if parsed["groups"]:
            rows = _digests(rows)
        if parsed["order"]:
            rows = sorted(rows, key=lambda row: [str(row.get(name.strip())) for name in parsed["order"].split(",")])
        fields = [_column(view, text) for text in _COMMA.split(parsed["columns"])]
        return QueryResult(fields, [encode_row(row, fields) for row in rows])


def _bounded(view: str, rows: Sequence[Row], where: str, parameters: Mapping[str, Any]) -> list[Row]:
    bounds = [(match[1], match[2], parameters[match[3]]) for match in _BOUND.finditer(where)]
    if view == "JOBS" and {("creation_time", ">="), ("creation_time", "<")} - {bound[:2] for bound in bounds}:
        raise BadQueryError("This test server refuses to scan 180 days: bound creation_time with parameters")
    in_bounds = [row for row in rows if all(_holds(row, *bound) for bound in bounds)]
    return [row for row in in_bounds if not row.get("deleted")] if "deleted" in where else in_bounds


def _holds(row: Row, name: str, sign: str, bound: datetime) -> bool:
    value = row.get(name)
    if not isinstance(value, datetime):
        return value is None and "job_id" in row  # an incomplete row is returned too, as a test of the reader
    return value >= bound if sign == ">=" else value < bound


def _digests(rows: Iterable[Row]) -> list[Row]:
    """One row for each table, with the fingerprint of its columns."""
    columns: dict[tuple[str, str], list[str]] = {}
    for row in sorted(rows, key=lambda row: row["ordinal_position"]):
        text = f"{row['column_name']} {row['data_type']} {row['is_nullable']}"
        columns.setdefault((row["table_schema"], row["table_name"]), []).append(text)
    return [
        {
            "table_schema": schema,
            "table_name": name,
            "schema_key": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        }
        for (schema, name), texts in columns.items()
    ]


def _column(view: str, text: str) -> Field:
    name = _NAME.findall(text.strip())[-1]
    field = next((item for item in _VIEWS[view] if item["name"] == name), None)
    if field is None:
        raise BadQueryError(f"Unrecognized name: {name} at [1:8]")
    return field


def encode_row(row: Mapping[str, Any], fields: Iterable[Field]) -> Row:
    """A row in the form of the REST API."""
    return {"f": [{"v": _encode(row.get(item["name"]), item)} for item in fields]}


def _encode(value: Any, item: Field) -> Any:
    if item["mode"] == "REPEATED":
        single = {**item, "mode": "NULLABLE"}
        return [{"v": _encode(element, single)} for element in value or ()]
    if value is None:
        return None
    if item["type"] == "RECORD":
        return encode_row(value, item["fields"])
    if isinstance(value, datetime):
        return str(int(value.timestamp() * 1_000_000))
    return str(value).lower() if isinstance(value, bool) else str(value)
