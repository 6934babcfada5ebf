"""When a notification channel may be used next, shared by all instances. The caller computes the times (rate_limit.py)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from db.error_db.insert import insert
from db.error_db.models import Channel


def lock(session: Session, name: str, now: datetime) -> tuple[datetime, datetime]:
    """(next_at, full_at) of the channel, locked until the transaction ends; both are `now` for a new channel."""
    added = insert(session, Channel).values(name=name, next_at=now, full_at=now)
    # An update that changes nothing, because only an update locks an existing row.
    locked = added.on_conflict_do_update(index_elements=[Channel.name], set_={"name": name})
    row = session.execute(locked.returning(Channel.next_at, Channel.full_at)).one()
    return row.next_at, row.full_at


def keep(session: Session, name: str, *, next_at: datetime, full_at: datetime) -> None:
    """Writes the new times of a locked channel."""
    session.execute(update(Channel).where(Channel.name == name).values(next_at=next_at, full_at=full_at))
