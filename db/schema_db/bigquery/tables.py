"""Creates the large tables in BigQuery and merges rows from staging tables into them.

Lists and objects are JSON texts, because BigQuery does not group by the type JSON. Statements name no project or
dataset: the job sets both. Syntax: docs.cloud.google.com/bigquery/docs/reference/standard-sql.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Table

from db.schema_db.models import SchemaBase
from db.types import Json

TYPES = ((Boolean, "BOOL"), (DateTime, "TIMESTAMP"), (Date, "DATE"), (Float, "FLOAT64"), (Integer, "INT64"))
# A staging table left behind by a crash expires.
STAGE_LIFE = "TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)"


@dataclass(frozen=True, slots=True)
class Target:
    """A table of the copy. `days` is the number of days in one load; `by` is the time column of its key."""

    name: str
    partition: str
    cluster: tuple[str, ...]
    days: int
    by: str = ""

    @property
    def table(self) -> Table:
        """The table of the Schema DB."""
        return SchemaBase.metadata.tables[self.name]

    @property
    def columns(self) -> dict[str, str]:
        """The columns with their types."""
        return {column.name: _type(column) for column in self.table.columns}


TARGETS = (
    Target("series", "", ("metric", "project"), days=1),
    Target("points_fine", "TIMESTAMP_TRUNC(`time`, DAY)", ("series_id",), days=1, by="time"),
    Target("points_hourly", "TIMESTAMP_TRUNC(`time`, DAY)", ("series_id",), days=7, by="time"),
    Target("points_daily", "TIMESTAMP_TRUNC(`time`, MONTH)", ("series_id",), days=31, by="time"),
    Target("job_runs", "TIMESTAMP_TRUNC(`start_at`, DAY)", ("service", "project", "job_name"), days=7),
    Target("user_actions", "TIMESTAMP_TRUNC(`hour`, DAY)", ("principal", "resource"), days=7, by="hour"),
    Target("table_sizes", "DATE_TRUNC(`day`, MONTH)", ("resource",), days=31, by="day"),
    Target("quality_checks", "", ("source", "table_name"), days=1),
    Target("quality_results", "TIMESTAMP_TRUNC(`time`, MONTH)", ("check_key",), days=31, by="time"),
)


# Columns added after the table's first release.
LATER = {"job_runs": ("reservation_id", "edition")}


def create(target: Target) -> str:
    """The statement that creates the table if it does not exist."""
    partition = f" PARTITION BY {target.partition}" if target.partition else ""
    columns = _columns(target)
    return f"CREATE TABLE IF NOT EXISTS `{target.name}` ({columns}){partition} CLUSTER BY {', '.join(target.cluster)}"


def add_columns(target: Target) -> list[str]:
    """The statement that adds columns to a table of an earlier release."""
    return [
        f"ALTER TABLE `{target.name}` ADD COLUMN IF NOT EXISTS `{name}` {target.columns[name]}"
        for name in LATER.get(target.name, ())
    ]


def create_stage(target: Target, stage: str) -> str:
    """The statement that creates a staging table with the same columns."""
    return f"CREATE TABLE `{stage}` ({_columns(target)}) OPTIONS (expiration_timestamp = {STAGE_LIFE})"


def merge(target: Target, stage: str, days: Sequence[date]) -> str:
    """The statement that merges the staging table by primary key and leaves equal rows untouched.

    If the time is part of the key, it reads only the partitions of these days.
    """
    keys = [column.name for column in target.table.primary_key]
    rest = [name for name in target.columns if name not in keys]
    same = " AND ".join([*(f"there.`{name}` = coming.`{name}`" for name in keys), *_bounds(target, days)])
    differs = " OR ".join(f"there.`{name}` IS DISTINCT FROM coming.`{name}`" for name in rest)
    names = ", ".join(f"`{name}`" for name in target.columns)
    values = ", ".join(f"coming.`{name}`" for name in target.columns)
    updates = ", ".join(f"`{name}` = coming.`{name}`" for name in rest)
    return (
        f"MERGE INTO `{target.name}` AS there USING `{stage}` AS coming ON {same}"  # noqa: S608 - fixed names
        f" WHEN MATCHED AND ({differs}) THEN UPDATE SET {updates}"
        f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def lines(target: Target, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The rows as newline-delimited JSON, with the columns of the table."""
    import orjson  # noqa: PLC0415

    names = list(target.columns)
    texts = {index for index, column in enumerate(target.table.columns) if isinstance(column.type, Json)}
    for row in rows:
        values = {name: _text(row[n]) if n in texts else row[n] for n, name in enumerate(names)}
        yield orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _text(value: Any) -> str | None:
    """A canonical text for a list or object, equal for equal values of all databases."""
    return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _bounds(target: Target, days: Sequence[date]) -> list[str]:
    """Constant bounds of the time, so that BigQuery reads no other partition."""
    if not target.by:
        return []
    kind = target.columns[target.by]
    column = f"there.`{target.by}`"
    return [f"{column} >= {kind} '{min(days)}'", f"{column} < {kind} '{max(days) + timedelta(days=1)}'"]


def _columns(target: Target) -> str:
    return ", ".join(f"`{name}` {kind}" for name, kind in target.columns.items())


def _type(column: Column[Any]) -> str:
    kind = getattr(column.type, "impl_instance", column.type)
    return next((name for python_type, name in TYPES if isinstance(kind, python_type)), "STRING")
