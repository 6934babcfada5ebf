"""The metrics whose unusual values open incidents, as chosen by a maintainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.schema_db.models import WatchedMetric


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """Patterns of a metric and of labels, the accepted false alarms per series and week, and the severity."""

    metric: str
    labels: Mapping[str, str]
    budget: float
    severity: str
    reason: str = ""


def watch(session: Session, request: WatchRequest, *, by: str, now: datetime) -> int:
    """Adds a choice; returns its number. It has priority over older choices, and ends an equal one."""
    columns = WatchedMetric.id, WatchedMetric.labels
    same = select(*columns).where(WatchedMetric.metric == request.metric, WatchedMetric.ended_at.is_(None))
    for row in session.execute(same).all():
        if row.labels == dict(request.labels):
            end(session, row.id, now)
    made = WatchedMetric(**asdict(request) | {"labels": dict(request.labels), "created_by": by, "created_at": now})
    session.add(made)
    session.flush()
    return made.id


def end(session: Session, number: int, now: datetime) -> bool:
    """Ends a choice; False if no active choice has this number."""
    applies = update(WatchedMetric).where(WatchedMetric.id == number, WatchedMetric.ended_at.is_(None))
    result: Any = session.execute(applies.values(ended_at=now))
    return bool(result.rowcount)
