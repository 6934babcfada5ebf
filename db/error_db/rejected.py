"""Messages that were rejected, for who mends and replays them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.error_db.models import RejectedMessage


def listed(session: Session, *, replayed: bool) -> Sequence[RejectedMessage]:
    """The rejected messages, the oldest first; without those that were replayed unless `replayed`."""
    query = select(RejectedMessage).order_by(RejectedMessage.received_at, RejectedMessage.id)
    return session.scalars(query if replayed else query.where(RejectedMessage.replayed_at.is_(None))).all()


def mark_replayed(session: Session, number: int, now: datetime) -> None:
    """Notes that a message was sent again."""
    session.execute(update(RejectedMessage).where(RejectedMessage.id == number).values(replayed_at=now))
