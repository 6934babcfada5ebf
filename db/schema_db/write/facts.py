"""Writers of facts: jobs, sizes, user actions, changes of bindings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun, SchemaBase, TableSize, UserAction
from db.schema_db.write.upsert import Merge, upsert
from shared.history import JobRunRow, TableSizeRow, UserActionRow

UNFINISHED = ("queued", "running")


def table_of(model: type[SchemaBase]) -> Table:
    """The table of a model."""
    return SchemaBase.metadata.tables[model.__tablename__]


def own_columns(row: type[Any]) -> dict[str, str]:
    """For rows whose attributes are the columns."""
    return {item.name: item.name for item in fields(row)}


def _goes_on(there: Any, coming: Any) -> ColumnElement[bool]:
    """A run that ended does not come to life again by an older view of it; a further attempt of it does."""
    ended = there.columns.state.not_in(UNFINISHED)
    older: ColumnElement[bool] = ended & coming.state.in_(UNFINISHED) & (coming.attempt <= there.columns.attempt)
    return ~older


def _is_fuller(there: Any, coming: Any) -> ColumnElement[bool]:
    """An hour whose entries are partly gone is not counted down."""
    fuller: ColumnElement[bool] = coming["count"] >= there.columns["count"]
    return fuller


JOBS = Merge(table_of(JobRun), own_columns(JobRunRow), when=_goes_on)
SIZES = Merge(table_of(TableSize), own_columns(TableSizeRow))
ACTIONS = Merge(table_of(UserAction), own_columns(UserActionRow), when=_is_fuller)


def write_jobs(session: Session, _snapshot_id: int, rows: Sequence[JobRunRow]) -> int:
    """Writes runs of jobs; how many are new or different."""
    return upsert(session, JOBS, rows)


def write_sizes(session: Session, _snapshot_id: int, rows: Sequence[TableSizeRow]) -> int:
    """Writes sizes of tables and buckets; how many are new or different."""
    return upsert(session, SIZES, rows)


def write_actions(session: Session, _snapshot_id: int, rows: Sequence[UserActionRow]) -> int:
    """Writes what users did by the hour; how many are new or fuller."""
    return upsert(session, ACTIONS, rows)
