"""The writer of results of data quality checks: every result, and the latest one of each check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from db.schema_db.models import QualityCheck, QualityResult
from db.schema_db.write.changed_days import ALWAYS, mark
from db.schema_db.write.upsert import Merge, upsert
from db.tables import table_of
from shared.quality.result import QualityResultRow

_OUTCOME = {name: name for name in ("state", "severity", "value", "expected", "message", "run", "url")}
_NAMES = ("check_key", "source", "origin", "check_name", "table_name", "column_name", "partition_name", "dimension")


def _is_later(stored: Any, new: Any) -> ColumnElement[bool]:
    later: ColumnElement[bool] = new.checked_at >= stored.columns.checked_at
    return later


RESULTS = Merge(table_of(QualityResult), {"check_key": "check_key", "time": "time", **_OUTCOME})
CHECKS = Merge(
    table_of(QualityCheck), {**{name: name for name in _NAMES}, "checked_at": "time", **_OUTCOME}, when=_is_later
)


def write_quality(session: Session, _snapshot_id: int, rows: Sequence[QualityResultRow]) -> int:
    """Writes results; returns how many are new or changed. The latest result of a check is also its state."""
    written = upsert(session, RESULTS, rows)
    if upsert(session, CHECKS, sorted(rows, key=lambda row: (row.time, row.run))):
        mark(session, CHECKS.table.name, ALWAYS)
    return written
