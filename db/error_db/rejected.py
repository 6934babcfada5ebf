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


def find(session: Session, number: int) -> RejectedMessage | None:
    """The rejected message with this number."""
    return session.get(RejectedMessage, number)


def claim(session: Session, number: int, now: datetime, *, again: bool) -> bool:
    """Marks a message as replayed; False when it was replayed before, unless `again`.

    The caller sends the message in the same transaction, so that a failure leaves no mark.
    """
    query = update(RejectedMessage).where(RejectedMessage.id == number).values(replayed_at=now)
    if not again:
        query = query.where(RejectedMessage.replayed_at.is_(None))
    return bool(session.execute(query.returning(RejectedMessage.id)).all())
