"""Stores the rows of a batch in a temporary table, so that one statement can merge any number of them.

PostgreSQL loads them by COPY, SQLite by one prepared INSERT. Values are cleaned on the way (db/sanitize.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, Connection, String, Table, TableClause, column, insert, table
from sqlalchemy.orm import Session

from db.sanitize import clean, clean_json, clean_key
from db.types import Json

Values = Sequence[Any]
Cleaner = Callable[[Any], Any]


@contextmanager
def staged(session: Session, model: Table, names: Sequence[str], rows: Iterable[Values]) -> Iterator[TableClause]:
    """A temporary table with the columns `names` of `model` and the given rows, for the duration of the block.

    The transaction must write, because the table is for merging. Several may be open at once for different models.
    """
    connection = session.connection()
    columns = [model.columns[name] for name in names]
    stage = _stage_of(model, tuple(names))
    listed = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    nothing = f"SELECT {listed} FROM {model.name} WHERE 1 = 0"  # noqa: S608 - names of Hinomi's tables; for the types
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {stage.name} AS {nothing}")
    fill = _copy if connection.dialect.name == "postgresql" else _insert
    fill(connection, stage, columns, rows)
    yield stage
    connection.exec_driver_sql(f"DROP TABLE {stage.name}")


@cache
def _stage_of(model: Table, names: tuple[str, ...]) -> TableClause:
    """The temporary table for SQLAlchemy: always the same object, so that statements on it are built once."""
    return table(f"stage_{model.name}", *(column(name, model.columns[name].type) for name in names))


def _copy(connection: Connection, stage: TableClause, columns: Sequence[Column[Any]], rows: Iterable[Values]) -> None:
    cleaners = [_as_text(item) for item in columns]
    listed = ", ".join(connection.dialect.identifier_preparer.quote(item.name) for item in columns)
    driver = cast("Any", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {stage.name} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([clean_value(value) for clean_value, value in zip(cleaners, row, strict=True)])


def _insert(connection: Connection, stage: TableClause, columns: Sequence[Column[Any]], rows: Iterable[Values]) -> None:
    cleaners = [(item.name, _cleaner(item)) for item in columns]
    values = [
        {name: clean_value(value) for (name, clean_value), value in zip(cleaners, row, strict=True)} for row in rows
    ]
    if values:
        connection.execute(insert(stage), values)


def _as_text(item: Column[Any]) -> Cleaner:
    cleaner = _cleaner(item)
    if isinstance(item.type, Json):
        return lambda value: None if value is None else json.dumps(cleaner(value), ensure_ascii=False)
    return cleaner


def _cleaner(item: Column[Any]) -> Cleaner:
    """The function that cleans a value of this column for both databases; NULL stays NULL."""
    kind = item.type
    if isinstance(kind, Json):
        return _clean_json
    if isinstance(kind, String):
        limit = kind.length
        if limit is None:
            return lambda value: None if value is None else clean(value)
        return lambda value: None if value is None else clean_key(value, limit)
    return lambda value: value


def _clean_json(value: Any) -> Any:
    """JSON with sorted keys, so that equal values are equal texts."""
    if value is None:
        return None
    cleaned = clean_json(value, bounded=False)
    return dict(sorted(cleaned.items())) if isinstance(cleaned, dict) else cleaned
