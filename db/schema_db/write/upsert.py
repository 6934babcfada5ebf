"""INSERT … ON CONFLICT for whole batches; leaves equal rows untouched and returns the number of changed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from sqlalchemy import ColumnElement, CursorResult, FromClause, Table, TableClause, UpdateBase, or_, select, true
from sqlalchemy.orm import Session

from db.insert import dialect_of, insert_of
from db.schema_db.write.changed_days import mark_moved, mark_staged
from db.schema_db.write.temp_table import staged

if TYPE_CHECKING:
    from db.insert import Insert

# Computes the new value, or a condition, from the stored row and the new one.
OfBoth: TypeAlias = Callable[[FromClause | Table, Any], ColumnElement[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """The rules for merging rows into a table by primary key. Each is a constant: its statements are built once.

    `columns` are the columns, each with the attribute of the row that it comes from; `constants` are columns with a
    fixed initial value. On conflict, `values` are columns with a computed value, `when` decides whether the new row
    applies, and `fixed` keeps the stored row.
    """

    table: Table
    columns: Mapping[str, str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, OfBoth] = field(default_factory=dict)
    when: OfBoth | None = None
    fixed: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key."""
        return tuple(column.name for column in self.table.primary_key)


def upsert(session: Session, merge: Merge, rows: Iterable[Any]) -> int:
    """Writes rows and returns how many were new or changed. Of several rows with the same key, the last one counts."""
    names = [*merge.columns, *merge.constants]
    constants = tuple(merge.constants.values())
    values_of = attrgetter(*merge.columns.values())
    key_at = [names.index(name) for name in merge.key]
    latest = {tuple(values[at] for at in key_at): values for values in map(values_of, rows)}
    # Sorted by key, so that two writers do not deadlock.
    return merge_values(session, merge, names, (latest[key] + constants for key in sorted(latest)))


def merge_values(session: Session, merge: Merge, names: Sequence[str], values: Iterable[Sequence[Any]]) -> int:
    """Merges tuples of the columns `names`, each key once; returns how many rows were new or changed."""
    with staged(session, merge.table, names, values) as stage:
        mark_moved(session, merge.table, stage)
        written = changed(session, _merged(dialect_of(session), merge, stage))
        if written:
            mark_staged(session, merge.table.name, stage)
        return written


def changed(session: Session, statement: UpdateBase) -> int:
    """Executes a statement and returns its row count, which SQLAlchemy provides for an INSERT only on request."""
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    return max(cast("CursorResult[Any]", result).rowcount, 0)


@cache
def _merged(dialect: str, merge: Merge, stage: TableClause) -> Insert:
    """The statement that merges the rows of `stage`; building it would take longer than merging a few rows."""
    names = list(stage.columns.keys())
    # Without a WHERE, SQLite parses ON CONFLICT after a FROM as a join.
    new = insert_of(dialect, merge.table).from_select(names, select(*stage.columns).where(true()))
    table, excluded = merge.table, new.excluded
    if merge.fixed:
        return new.on_conflict_do_nothing(index_elements=merge.key)
    given = [name for name in names if name not in merge.key and name not in merge.constants]
    updates = {name: merge.values[name](table, excluded) if name in merge.values else excluded[name] for name in given}
    condition = or_(*(table.columns[name].is_distinct_from(value) for name, value in updates.items()))
    if merge.when is not None:
        condition = merge.when(table, excluded) & condition
    return new.on_conflict_do_update(index_elements=list(merge.key), set_=updates, where=condition)
