"""The state of the collectors: the latest run of each and its last success."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE
from shared.lazy.dataclass import dataclass


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
    key = Snapshot.collector, Snapshot.scope
    last = select(*key, func.max(Snapshot.slot).label("slot")).group_by(*key).subquery()
    is_last = and_(last.c.collector == key[0], last.c.scope == key[1], last.c.slot == Snapshot.slot)
    latest = select(Snapshot).join(last, is_last)
    success = {
        (collector, scope): time
        for collector, scope, time in session.execute(
            select(Snapshot.collector, Snapshot.scope, func.max(Snapshot.finished_at))
            .where(Snapshot.state == DONE)
            .group_by(Snapshot.collector, Snapshot.scope)
        )
    }
    rows = session.scalars(latest.order_by(Snapshot.collector, Snapshot.scope))
    return [_view(row, success.get((row.collector, row.scope))) for row in rows]


def _view(row: Snapshot, success: datetime | None) -> CollectorView:
    return CollectorView(
        collector=row.collector,
        scope=row.scope,
        last_success=success,
        slot=row.slot,
        state=row.state,
        rows=row.row_count,
        api_calls=row.api_calls,
        bytes_billed=row.bytes_billed,
        seconds=(row.finished_at - row.taken_at).total_seconds() if row.finished_at and row.taken_at else None,
        error=row.error or "",
    )
