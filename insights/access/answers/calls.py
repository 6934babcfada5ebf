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
    a = UserAction
    within = (condition, a.hour >= start, a.hour <= end)
    of_call = a.last_at, a.principal, a.method, a.resource, a.count, a.denied, a.networks
    query = select(*of_call, func.sum(a.count).over().label("total")).where(*within)
    rows = session.execute(query.order_by(a.hour.desc(), a.last_at.desc()).limit(most)).all()
    calls = tuple(
        ObservedCalls(row.last_at, row.principal, row.method, row.resource, row[4], row.denied, tuple(row.networks))
        for row in rows
    )
    return CallList(calls, int(rows[0].total) if rows else 0)
