"""Messages that were rejected: listed, replayed, and the oldest deleted when they take too much space."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.error_db.models import RejectedMessage

TRIMMED_AT_ONCE = 5


def listed(
    session: Session, *, replayed: bool, since: datetime | None = None, text: str = "", limit: int | None = None
) -> Sequence[RejectedMessage]:
    """The rejected messages, the oldest first; without those that were replayed unless `replayed`.

    `since` is the earliest time that one came, `text` is in its reason (capitals and small letters are the same).
    """
    query = select(RejectedMessage).order_by(RejectedMessage.received_at, RejectedMessage.id).limit(limit)
    if not replayed:
        query = query.where(RejectedMessage.replayed_at.is_(None))
    if since:
        query = query.where(RejectedMessage.received_at >= since)
    if text:
        query = query.where(RejectedMessage.reason.icontains(text, autoescape=True))
    return session.scalars(query).all()


def numbered(session: Session, numbers: Collection[int]) -> Sequence[RejectedMessage]:
    """The rejected messages with these numbers, those that are there."""
    return session.scalars(select(RejectedMessage).where(RejectedMessage.id.in_(numbers))).all()


def mark_replayed(session: Session, number: int, now: datetime) -> None:
    """Notes that a message was sent again."""
    session.execute(update(RejectedMessage).where(RejectedMessage.id == number).values(replayed_at=now))


def trim(session: Session, *, most_bytes: int) -> int:
    """Deletes the oldest messages until the bodies of all together have at most so many bytes; how many it deleted."""
    deleted = 0
    while (session.scalar(select(func.sum(func.length(RejectedMessage.body)))) or 0) > most_bytes:
        # The latest one stays whatever its size: somebody wants to know what is rejected now.
        latest = select(func.max(RejectedMessage.id)).scalar_subquery()
        oldest = select(RejectedMessage.id).where(RejectedMessage.id < latest).order_by(RejectedMessage.id)
        doomed = session.scalars(oldest.limit(TRIMMED_AT_ONCE)).all()
        if not doomed:
            break
        session.execute(delete(RejectedMessage).where(RejectedMessage.id.in_(doomed)))
        deleted += len(doomed)
    return deleted
