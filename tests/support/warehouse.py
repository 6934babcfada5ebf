"""The tables of a simulated BigQuery: sqlglot translates the statements, and duckdb runs them."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from demo.platform.bigquery.information_schema import BadQueryError, QueryResult, encode_row

TYPES = {
    "BIGINT": "INTEGER",
    "HUGEINT": "INTEGER",
    "INTEGER": "INTEGER",
    "DOUBLE": "FLOAT",
    "DATE": "DATE",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
}
DUCKDB = {"STRING": "VARCHAR", "INTEGER": "BIGINT", "INT64": "BIGINT", "FLOAT64": "DOUBLE", "BOOL": "BOOLEAN"}


@dataclass(frozen=True)
class _LocalStatement:
    """A statement in duckdb's dialect, the names of its parameters, and the dataset to create before it."""

    kind: type[exp.Expr]
    sql: str
    parameters: tuple[str, ...]
    new_schema: str = ""


class DuckWarehouse:
    """A duckdb database for all datasets of a project. `statements` lists the executed ones, in BigQuery's dialect."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._database = duckdb.connect()

    def run(self, sql: str, parameters: Mapping[str, Any], dataset: str) -> QueryResult:
        """Runs the statements; returns the result of the last one."""
        result = QueryResult([], [])
        values = {name: _value(item) for name, item in parameters.items()}
        kinds = {name: _kind(item) for name, item in parameters.items() if values[name] is not None}
        for statement in _translated(sql, tuple(sorted(kinds.items())), dataset):
            self.statements.append(sql)
            result = self._run(statement, values)
        return result

    def load(self, load: Mapping[str, Any], data: bytes) -> int:
        """Loads newline-delimited JSON into a table, which must be empty for WRITE_EMPTY."""
        destination = load["destinationTable"]
        table = f'"{destination["datasetId"]}"."{destination["tableId"]}"'
        assert (load["sourceFormat"], load["writeDisposition"]) == ("NEWLINE_DELIMITED_JSON", "WRITE_EMPTY")
        if self._count(table):
            raise BadQueryError(f"Already Exists: Table {destination['tableId']}")
        kinds = {field["name"]: DUCKDB.get(field["type"], field["type"]) for field in load["schema"]["fields"]}
        with TemporaryDirectory() as folder:
            file = Path(folder) / "rows.json"
            file.write_bytes(gzip.decompress(data))
            columns = ", ".join(f"{name!r}: {kind!r}" for name, kind in kinds.items())
            read = f"read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})"
            try:
                self._database.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {read}")  # noqa: S608 - same
            except duckdb.Error as error:
                raise BadQueryError(str(error)) from error
        return self._count(table)

    def tables(self, dataset: str) -> list[str]:
        """The names of the tables and views."""
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name"
        return [name for (name,) in self._database.execute(query, [dataset]).fetchall()]

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """The rows of a table."""
        return self._database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a test names it

    def _count(self, table: str) -> int:
        return int(self._database.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 - same

    def _run(self, statement: _LocalStatement, values: Mapping[str, Any]) -> QueryResult:
        if statement.new_schema:
            self._database.execute(f'CREATE SCHEMA IF NOT EXISTS "{statement.new_schema}"')
        try:
            found = self._database.execute(statement.sql, {name: values[name] for name in statement.parameters})
        except duckdb.Error as error:
            raise BadQueryError(f"{error}: {statement.sql}") from error
        if statement.kind is exp.Merge:
            return QueryResult([], [], int(found.fetchall()[0][0]))
        if not issubclass(statement.kind, exp.Query):
            return QueryResult([], [])
        fields = [_field(name, str(kind)) for name, kind, *_ in found.description or ()]
        names = [item["name"] for item in fields]
        rows = ([_aware(value) for value in row] for row in found.fetchall())
        return QueryResult(fields, [encode_row(dict(zip(names, row, strict=True)), fields) for row in rows])


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _field(name: str, kind: str) -> dict[str, Any]:
    kind = "FLOAT" if kind.startswith("DECIMAL") else TYPES.get(kind, "STRING")
    return {"name": name, "type": kind, "mode": "NULLABLE"}


@cache  # the tests of a file run the same statements again and again, with other parameters
def _translated(sql: str, kinds: tuple[tuple[str, str], ...], dataset: str) -> tuple[_LocalStatement, ...]:
    made = []
    for statement in sqlglot.parse(sql, read="bigquery"):
        assert statement is not None
        local = _local(statement, dict(kinds), dataset)
        schema = local.find(exp.Table) if isinstance(local, exp.Create) else None
        names = tuple({parameter.name for parameter in local.find_all(exp.Parameter)})
        made.append(_LocalStatement(type(local), local.sql(dialect="duckdb"), names, schema.db if schema else ""))
    return tuple(made)


def _local(statement: exp.Expr, kinds: Mapping[str, str], dataset: str) -> exp.Expr:
    """Translates a statement for duckdb: without projects, partitions and options. A parameter without a type is NULL."""
    inside = {with_.alias for with_ in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if table.db or table.name not in inside:
            table.set("db", exp.to_identifier(table.db or dataset, quoted=True))
        table.set("catalog", None)
    if isinstance(statement, exp.Create):
        statement.set("properties", None)
    for parameter in list(statement.find_all(exp.Parameter)):
        parameter.replace(_typed(parameter, kinds.get(parameter.name)))
    # Times are naive and UTC.
    for kind in statement.find_all(exp.DataType):
        if kind.is_type("timestamptz"):
            kind.set("this", exp.DataType.Type.TIMESTAMP)
    return statement


def _typed(parameter: exp.Parameter, kind: str | None) -> exp.Expr:
    if kind is None:
        return exp.null()
    return (
        parameter.copy()
        if kind == "STRING"
        else exp.cast(parameter.copy(), exp.DataType.build(kind, dialect="bigquery"))
    )


def _kind(item: Mapping[str, Any]) -> str:
    return str(item["parameterType"]["type"])


def _value(item: Mapping[str, Any]) -> Any:
    return item["parameterValue"].get("value")
