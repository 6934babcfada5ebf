"""Calls in the audit logs: who did what on a resource, and what a principal did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import UserAction

MOST = 30


@dataclass(frozen=True, slots=True)
class ObservedCalls:
    """Calls of one method by one principal on one resource within an hour; `denied` of the `count` calls were denied."""

    last_at: datetime
    principal: str
    method: str
    resource: str
    count: int
    denied: int
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallList:
    """The latest calls, and the number of all calls in the period."""

    calls: tuple[ObservedCalls, ...]
    total: int


def on_resource(session: Session, resource: str, start: datetime, end: datetime, *, most: int = MOST) -> CallList:
    """The calls on a resource or on something inside it, latest first."""
    inside = UserAction.resource.startswith(f"{resource}/", autoescape=True)
    return _calls(session, or_(UserAction.resource == resource, inside), start, end, most)


def by_principal(session: Session, address: str, start: datetime, end: datetime, *, most: int = MOST) -> CallList:
    """The calls of a principal, identified by its name in the audit logs, latest first."""
    return _calls(session, UserAction.principal == address, start, end, most)


def _calls(session: Session, condition: Any, start: datetime, end: datetime, most: int) -> CallList:
    within = (condition, UserAction.hour >= start, UserAction.hour <= end)
    query = select(UserAction).where(*within).order_by(UserAction.hour.desc(), UserAction.last_at.desc()).limit(most)
    calls = tuple(
        ObservedCalls(row.last_at, row.principal, row.method, row.resource, row.count, row.denied, tuple(row.networks))
        for row in session.scalars(query)
    )
    total = session.scalar(select(func.sum(UserAction.count)).where(*within)) or 0
    return CallList(calls, int(total))
