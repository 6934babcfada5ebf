"""The differences between the tables of a database and its models.

Alembic names them, but its import and its comparison take most of the time of a check, and most databases have none: their
tables are compared here first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Inspector, MetaData, Table, UniqueConstraint, inspect
from sqlalchemy.types import NullType

_SYNONYMS = {"FLOAT": "DOUBLE PRECISION"}  # as a model names a type, and as PostgreSQL does


def differences(
    connection: Connection, metadata: MetaData, version_table: str, other_tables: Collection[str]
) -> list[str]:
    """One line for each difference; `other_tables` are not compared."""
    inspector = inspect(connection)
    indexes = inspector.get_multi_indexes()
    actual = _actual(inspector, indexes, {version_table, *other_tables})
    same = actual == {table.name: _expected(table, connection) for table in metadata.tables.values()}
    named = [] if same else _named(connection, metadata, version_table, other_tables)
    of_table = {key[1]: found for key, found in indexes.items()}
    return [*named, *_index_conditions(of_table, metadata, connection.dialect.name)]


def _actual(inspector: Inspector, indexes: Mapping[Any, Any], ignored: Collection[str]) -> dict[str, Any]:
    """The columns, indexes, unique constraints and foreign keys of each table of the database."""
    uniques, references = inspector.get_multi_unique_constraints(), inspector.get_multi_foreign_keys()
    return {
        key[1]: (
            {each["name"]: _column(each, inspector) for each in columns},
            {
                (index["name"], *index["column_names"]): bool(index["unique"])
                for index in indexes[key]
                if "duplicates_constraint" not in index
            },
            {(unique["name"], *unique["column_names"]) for unique in uniques[key]},
            {
                (*each["constrained_columns"], each["referred_table"], *each["referred_columns"], each["options"].get("ondelete"))
                for each in references[key]
            },
        )
        for key, columns in inspector.get_multi_columns().items()
        if key[1] not in ignored
    }  # fmt: skip


def _column(column: Any, inspector: Inspector) -> tuple[str, bool, str | None]:
    return _type(column["type"], inspector), bool(column["nullable"]), column.get("comment")


def _expected(table: Table, connection: Connection) -> Any:
    """The columns, indexes, unique constraints and foreign keys that a model defines."""
    has_comments = connection.dialect.supports_comments
    return (
        {each.name: (_type(each.type, connection), each.nullable, each.comment if has_comments else None) for each in table.columns},
        {(index.name, *(column.name for column in index.columns)): bool(index.unique) for index in table.indexes},
        {_unique(each, connection.dialect.name) for each in table.constraints if isinstance(each, UniqueConstraint)},
        {
            (*key.column_keys, key.referred_table.name, *(element.column.name for element in key.elements), key.ondelete)
            for key in table.foreign_key_constraints
        },
    )  # fmt: skip


def _unique(constraint: UniqueConstraint, dialect: str) -> tuple[Any, ...]:
    """The name and the columns; PostgreSQL names a constraint that the model does not name."""
    columns = [column.name for column in constraint.columns]
    given = "_".join([constraint.table.name, *columns, "key"]) if dialect == "postgresql" else None
    return constraint.name or given, *columns


def _type(column_type: Any, place: Connection | Inspector) -> str:
    """The type as it is written in a statement; empty for one that SQLAlchemy does not know."""
    text = "" if isinstance(column_type, NullType) else str(column_type.compile(dialect=place.dialect))
    return _SYNONYMS.get(text, text)


def _named(
    connection: Connection, metadata: MetaData, version_table: str, other_tables: Collection[str]
) -> Iterator[str]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    options = {
        "compare_type": True,
        "version_table": version_table,
        "include_name": lambda name, kind, _parents: kind != "table" or name not in other_tables,
    }
    context = MigrationContext.configure(connection, opts=options)
    return (_one_line(difference) for difference in compare_metadata(context, metadata))


def _one_line(difference: Any) -> str:
    return " ".join(repr(difference).split())


def _index_conditions(existing: Mapping[str, Any], metadata: MetaData, dialect: str) -> Iterator[str]:
    """Partial indexes whose condition differs: Alembic does not compare conditions."""
    for model in metadata.tables.values():
        if model.name in existing:
            yield from _conditions_of(model, existing[model.name], dialect)


def _conditions_of(model: Table, indexes: Collection[Any], dialect: str) -> Iterator[str]:
    """The conditions of partial indexes. PostgreSQL rewrites conditions, so there only their presence is compared."""
    existing = {index["name"]: index.get("dialect_options", {}).get(f"{dialect}_where") for index in indexes}
    for index in model.indexes:
        where = index.info.get("where")
        expected, has = str(where) if where is not None else None, existing.get(index.name)
        differs = (
            expected != (str(has) if has is not None else None) if dialect == "sqlite" else bool(expected) != bool(has)
        )
        if differs:
            yield f"index {index.name}: condition {has} instead of {expected}"
