"""The choice which metrics open incidents when their values are unusual."""

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
    """Patterns of a metric and of labels, the false alarms of a series in a week that are allowed, and the severity."""

    metric: str
    labels: Mapping[str, str]
    budget: float
    severity: str
    reason: str = ""


def watch(session: Session, request: WatchRequest, *, by: str, now: datetime) -> int:
    """Adds a choice; returns its number. It applies before older ones, and ends an equal one."""
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
    """Ends a choice; False if there is none that applies."""
    applies = update(WatchedMetric).where(WatchedMetric.id == number, WatchedMetric.ended_at.is_(None))
    result: Any = session.execute(applies.values(ended_at=now))
    return bool(result.rowcount)
