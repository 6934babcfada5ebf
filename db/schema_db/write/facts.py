"""Writers of facts: jobs, table sizes and user actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun, TableSize, UserAction
from db.schema_db.write.upsert import Merge, upsert
from db.tables import table_of
from shared.history import JobRunRow, TableSizeRow, UserActionRow

UNFINISHED = ("queued", "running")


def own_columns(row: type[Any]) -> dict[str, str]:
    """Maps each attribute of a row to the column of the same name."""
    return {item.name: item.name for item in fields(row)}


def _is_newer_state(stored: Any, new: Any) -> ColumnElement[bool]:
    """Whether the new row may replace the stored one: an ended run stays ended, unless it is a further attempt."""
    ended = stored.columns.state.not_in(UNFINISHED)
    older: ColumnElement[bool] = ended & new.state.in_(UNFINISHED) & (new.attempt <= stored.columns.attempt)
    return ~older


def _is_fuller(stored: Any, new: Any) -> ColumnElement[bool]:
    """Whether the new count is at least the stored one: entries deleted later do not reduce the count of an hour."""
    fuller: ColumnElement[bool] = new["count"] >= stored.columns["count"]
    return fuller


JOBS = Merge(table_of(JobRun), own_columns(JobRunRow), when=_is_newer_state)
SIZES = Merge(table_of(TableSize), own_columns(TableSizeRow))
ACTIONS = Merge(table_of(UserAction), own_columns(UserActionRow), when=_is_fuller)


def write_jobs(session: Session, _snapshot_id: int, rows: Sequence[JobRunRow]) -> int:
    """Writes runs of jobs; returns how many are new or changed."""
    return upsert(session, JOBS, rows)


def write_sizes(session: Session, _snapshot_id: int, rows: Sequence[TableSizeRow]) -> int:
    """Writes sizes of tables and buckets; returns how many are new or changed."""
    return upsert(session, SIZES, rows)


def write_actions(session: Session, _snapshot_id: int, rows: Sequence[UserActionRow]) -> int:
    """Writes hourly user actions; returns how many are new or have a greater count."""
    return upsert(session, ACTIONS, rows)
