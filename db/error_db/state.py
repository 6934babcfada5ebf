"""What stateful rules remember, in the Error DB, within the transaction of the message.

Whether a window is full or a split entry is whole is decided by reading what others committed, so each group is
locked before it is read: otherwise two instances that each add one event would both miss the other's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clean import clean, clean_json, clean_key
from db.error_db.insert import insert
from db.error_db.models import CorrelationEvent, Operation, SplitPart
from shared import events

MAX_NEIGHBOURS = 10_000


class SessionState:
    """The state of stateful rules. Raises SQLAlchemy errors; the store translates them."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now

    def count(self, event: events.CorrelationEvent) -> list[tuple[datetime, str]] | None:
        """Counts the event; None when it was counted before.

        Otherwise times and values of the events of its group within `timespan` before and after it, earliest
        first, itself included (of very many, the latest MAX_NEIGHBOURS).
        """
        rule, group = clean_key(event.rule, 200), clean_key(event.group_key, 64)
        _lock(self.session, "correlation", rule, group)
        values = {
            "rule": rule,
            "event_key": clean_key(event.event_key, 300),
            "group_key": group,
            "value": clean(event.value),
            "time": event.time,
        }
        counted = insert(self.session, CorrelationEvent).values(values).on_conflict_do_nothing()
        if self.session.execute(counted.returning(CorrelationEvent.event_key)).first() is None:
            return None
        window = (
            select(CorrelationEvent.time, CorrelationEvent.value)
            .where(CorrelationEvent.rule == rule, CorrelationEvent.group_key == group)
            .where(CorrelationEvent.time.between(event.time - event.timespan, event.time + event.timespan))
            .order_by(CorrelationEvent.time.desc(), CorrelationEvent.event_key.desc())
            .limit(MAX_NEIGHBOURS)
        )
        return [(time, value) for time, value in self.session.execute(window)][::-1]

    def remember(self, start: events.OperationStart) -> None:
        """Keeps what the first entry of an operation says; a second delivery changes nothing."""
        values = {
            "operation_key": clean_key(start.operation_key, 300),
            "start": clean_json(start.start),
            "time": start.time,
        }
        self.session.execute(insert(self.session, Operation).values(values).on_conflict_do_nothing())

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """What the first entry of the operation said, None when it has not come."""
        key = clean_key(operation_key, 300)
        return self.session.scalar(select(Operation.start).where(Operation.operation_key == key))

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Keeps one part of a split entry: all parts in order when this was the last that lacked, otherwise None.

        None as well for a part that was here before. A part that comes after the others were given up
        (`incomplete_parts`) is given back alone, so that it is not lost.
        """
        uid = clean_key(uid, 200)
        _lock(self.session, "split", uid)
        values = {"uid": uid, "part": index, "total": total, "entry": clean_json(entry, bounded=False)}
        added = insert(self.session, SplitPart).values(values | {"received_at": self.now}).on_conflict_do_nothing()
        if self.session.execute(added.returning(SplitPart.part)).first() is None:
            return None
        rows = self._parts(uid)
        fresh = [row for row in rows if row.used_at is None]
        if len(rows) < total and len(fresh) == len(rows):
            return None
        return _use(fresh, self.now)

    def incomplete_parts(self, before: datetime, *, limit: int = 100) -> list[list[dict[str, Any]]]:
        """The parts of split entries that stayed incomplete since `before`, each once: they are given up by this."""
        stale = (
            select(SplitPart.uid)
            .where(SplitPart.used_at.is_(None))
            .group_by(SplitPart.uid)
            .having(func.max(SplitPart.received_at) < before)
            .order_by(SplitPart.uid)
            .limit(limit)
        )
        groups = []
        for uid in self.session.scalars(stale).all():
            _lock(self.session, "split", uid)
            groups.append(_use([row for row in self._parts(uid) if row.used_at is None], self.now))
        return [parts for parts in groups if parts]

    def _parts(self, uid: str) -> Sequence[SplitPart]:
        query = select(SplitPart).where(SplitPart.uid == uid).order_by(SplitPart.part)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()


def _use(rows: Sequence[SplitPart], now: datetime) -> list[dict[str, Any]]:
    """The entries of the rows, which keep the place but not the entry."""
    entries = [row.entry for row in rows]
    for row in rows:
        row.entry = {}
        row.used_at = now
    return entries


def _lock(session: Session, *name: str) -> None:
    """Waits until no other transaction holds this name; SQLite's write lock covers every name already."""
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256("\x00".join(name).encode()).digest()
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))
