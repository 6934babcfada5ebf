"""Compiles rules/quality.yaml: queries whose rows are results of data quality checks. docs/data-quality.md lists the keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from shared import validation
from shared.errors import InputError
from shared.quality.result import CheckState
from shared.texts import quality_queries as texts
from shared.validation import Block, Matching, Seconds, as_list, mistake

FILE = "quality.yaml"
SHORTEST_SECONDS = 15 * 60
DEFAULT_MAX_MEGABYTES = 1_000
CONDITION = r"(=|!=|<|<=|>|>=) ?-?\d+(\.\d+)?"
# The columns of elementary's table of results (docs.elementary-data.com), by Hinomi's names.
ELEMENTARY_COLUMNS = {
    "check": "test_name", "table": "table_full_name", "column": "column_name", "state": "status", "value": "failures",
    "message": "test_results_description", "run": "invocation_id", "time": "detected_at",
}  # fmt: skip
# An anomaly test of a column has a row for each metric, such as null_count and average: each is a check of its own.
_ELEMENTARY = """\
SELECT COALESCE(CASE WHEN test_type = 'anomaly_detection' THEN CONCAT(test_name, ' ', test_sub_type) END, test_name) AS test_name,
  CONCAT(database_name, '.', schema_name, '.', table_name) AS table_full_name, column_name, status, failures,
  test_results_description, invocation_id, detected_at
FROM `{table}`
WHERE TIMESTAMP(detected_at) >= @since AND TIMESTAMP(detected_at) < @until"""
_STATES = {
    CheckState.PASSED: ["pass", "passed", "ok", "success", "true"],
    CheckState.WARNED: ["warn", "warned", "warning"],
    CheckState.FAILED: ["fail", "failed", "failure", "false"],
    CheckState.ERROR: ["error", "runtime error"],
    CheckState.SKIPPED: ["skipped", "skip"],
}

Column = Annotated[str, Matching(r"[A-Za-z_][A-Za-z0-9_]{0,299}", texts.COLUMN)]
Condition = Annotated[str, Matching(CONDITION, texts.CONDITION)]
Project = Annotated[str, Matching(r"[a-z][a-z0-9-]{4,29}", texts.PROJECT)]
TableName = Annotated[str, Matching(r"[a-z][a-z0-9-]{4,29}\.\w+(\.\w+)?", texts.TABLE)]
Values = Annotated[list[str], BeforeValidator(lambda value: [_lower(each) for each in as_list(value)])]


class ColumnKeys(Block):
    """The columns of the result rows."""

    check: Column | None = Field(None, description="Name of the check. Default: the name of the query.")
    table: Column | None = Field(None, description="Checked table.")
    column: Column | None = Field(None, description="Checked column.")
    partition: Column | None = Field(None, description="Checked partition.")
    state: Column | None = Field(None, description="Outcome; its values are those of `states`.")
    value: Column | None = Field(None, description="The value that the check measured.")
    expected: Column | None = Field(None, description="The values that the check allows.")
    dimension: Column | None = Field(None, description="Such as completeness.")
    severity: Column | None = Field(None, description="informational, low, medium, high or critical.")
    message: Column | None = Field(None, description="What the check says besides.")
    run: Column | None = Field(None, description="Run that made the result.")
    url: Column | None = Field(None, description="https link to the run.")
    time: Column | None = Field(None, description="When it was checked. Default: when the query ran.")


class StateKeys(Block):
    """The values of the column `state`; upper and lower case are equal."""

    passed: Values | None = Field(None, description="Default: pass, passed, ok, success, true.")
    warned: Values | None = Field(None, description="Default: warn, warned, warning.")
    failed: Values | None = Field(None, description="Default: fail, failed, failure, false.")
    error: Values | None = Field(None, description="Default: error, runtime error.")
    skipped: Values | None = Field(None, description="Default: skipped, skip.")


class QueryKeys(Block):
    """A declared query."""

    name: Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", texts.NAME)] = Field(
        description="Name of the query, part of the identity of its checks."
    )
    project: Project = Field(description="Project that runs the query and pays for it.")
    location: Annotated[str, Matching(r"[A-Za-z0-9-]{2,30}", texts.LOCATION)] = Field(
        description="Location of the datasets, such as EU or asia-northeast1."
    )
    sql: str | None = Field(None, description="One SELECT; @since and @until are the time to read.")
    elementary: TableName | None = Field(
        None, description="In place of sql and columns: elementary's table, PROJECT.DATASET[.elementary_test_results]."
    )
    columns: ColumnKeys = Field(
        default_factory=lambda: ColumnKeys.model_validate({}), description="Which column is what."
    )
    states: StateKeys = Field(
        default_factory=lambda: StateKeys.model_validate({}), description="What the values of the column state mean."
    )
    fail: Condition | None = Field(
        None, description="Without a column state: a value for which the check fails, such as '> 0'."
    )
    warn: Condition | None = Field(None, description="Without a column state: a value for which the check warns.")
    table: str = Field(default="", description="Checked table, if no column has it.")
    every: Seconds = Field(default=3600, description="How often it runs, from 15m. Default: 1h.")
    max_megabytes: int = Field(
        default=DEFAULT_MAX_MEGABYTES,
        ge=10,
        le=1_000_000,
        description="The most that one run may bill; a larger one fails.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.sql is None) == (self.elementary is None):
            raise mistake(texts.SQL_OR_ELEMENTARY, "name")
        if self.every < SHORTEST_SECONDS:
            raise mistake(texts.TOO_OFTEN, "every")
        if self.elementary is None and self.columns.state is None and (self.columns.value is None or self.fail is None):
            raise mistake(texts.NO_STATE, "columns")
        if self.sql is not None and not re.match(r"\s*(SELECT|WITH)\b", self.sql, re.IGNORECASE):
            raise mistake(texts.NO_SELECT, "sql")
        return self


class QualityFile(Block):
    """quality.yaml."""

    queries: list[QueryKeys] = Field(default=[], description="Queries whose rows are results of checks.")


def compile_queries(rules_dir: Path, errors: list[InputError]) -> list[dict[str, Any]]:
    """The declared queries; none without the file. Mistakes are added to `errors`, with their line and field."""
    path = rules_dir / FILE
    if not path.exists():
        return []
    file, document, mistakes = validation.check_file(QualityFile, path)
    errors += mistakes
    if file is None or document is None:
        return []
    names: set[str] = set()
    for at, query in enumerate(file.queries):
        if query.name in names:
            errors.append(document.error(texts.TAKEN(name=query.name), "queries", at, "name"))
        names.add(query.name)
    return [_compiled(query) for query in file.queries]


def _compiled(keys: QueryKeys) -> dict[str, Any]:
    columns = {name: column for name, column in keys.columns.model_dump().items() if column}
    sql = keys.sql or ""
    if keys.elementary is not None:
        has_table = keys.elementary.count(".") > 1
        sql = _ELEMENTARY.format(table=keys.elementary if has_table else f"{keys.elementary}.elementary_test_results")
        columns = dict(ELEMENTARY_COLUMNS)
    given = keys.states.model_dump()
    states = {value: str(state) for state, usual in _STATES.items() for value in given[state] or usual}
    return {
        "name": keys.name,
        "project": keys.project,
        "location": keys.location,
        "sql": sql,
        "columns": columns,
        "states": states,
        "fail": keys.fail or "",
        "warn": keys.warn or "",
        "table": keys.table,
        "every": keys.every,
        "max_megabytes": keys.max_megabytes,
    }


def _lower(value: Any) -> str:
    return str(value).strip().lower()
