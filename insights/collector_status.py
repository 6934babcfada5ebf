"""The state of the collectors: the latest run of each and its last success."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, RowMapping, String, and_, func, select
from sqlalchemy.orm import Session

from db.tables import light_table
from db.types import UtcDateTime
from shared.lazy.dataclass import dataclass

DONE = "done"  # as in db/schema_db/snapshots.py, which the first page of the dashboard does not wait for
_TIME = UtcDateTime()
_SNAPSHOTS = light_table(
    "snapshots", collector=String, scope=String, slot=_TIME, state=String, row_count=Integer, api_calls=Integer,
    bytes_billed=Integer, taken_at=_TIME, finished_at=_TIME, error=String,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CollectorView:
    """The latest run of one collector and scope. `seconds` is its duration."""

    collector: str
    scope: str
    last_success: datetime | None
    slot: datetime
    state: str
    rows: int
    api_calls: int
    bytes_billed: int
    seconds: float | None
    error: str


def collectors(session: Session) -> list[CollectorView]:
    """The latest run of each collector and scope, by name."""
    stored = _SNAPSHOTS.c
    key = stored.collector, stored.scope
    last = select(*key, func.max(stored.slot).label("slot")).group_by(*key).subquery()
    is_last = and_(last.c.collector == stored.collector, last.c.scope == stored.scope, last.c.slot == stored.slot)
    ended = select(*key, func.max(stored.finished_at)).where(stored.state == DONE).group_by(*key)
    success: dict[tuple[str, str], datetime] = {(name, scope): time for name, scope, time in session.execute(ended)}
    rows = session.execute(select(_SNAPSHOTS).join(last, is_last).order_by(*key)).mappings()
    return [_view(row, success.get((row["collector"], row["scope"]))) for row in rows]


def _view(row: RowMapping, success: datetime | None) -> CollectorView:
    taken_at, finished_at = row["taken_at"], row["finished_at"]
    return CollectorView(
        collector=row["collector"],
        scope=row["scope"],
        last_success=success,
        slot=row["slot"],
        state=row["state"],
        rows=row["row_count"],
        api_calls=row["api_calls"],
        bytes_billed=row["bytes_billed"],
        seconds=(finished_at - taken_at).total_seconds() if finished_at and taken_at else None,
        error=row["error"] or "",
    )
