"""The tables of mapped classes. A statement on a table takes half as long as one on the class, and loads no objects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, TableClause, column, table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a mapped class."""
    return model.metadata.tables[model.__tablename__]


def light_table(name: str, **columns: TypeEngine[Any] | type[TypeEngine[Any]]) -> TableClause:
    """A table with only these columns, for the first page of a process: mapping a class takes it some milliseconds."""
    return table(name, *(column(each, kind) for each, kind in columns.items()))
