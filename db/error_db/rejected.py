"""Rejected messages: listing, replay, and their maximum size."""

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
    """The rejected messages, oldest first; those that were replayed only with `replayed`.

    `since` is the earliest time of arrival, `text` a part of the reason, ignoring case.
    """
    query = select(RejectedMessage).order_by(RejectedMessage.received_at, RejectedMessage.id).limit(limit)
    if not replayed:
        query = query.where(RejectedMessage.replayed_at.is_(None))
    if since:
        query = query.where(RejectedMessage.received_at >= since)
    if text:
        query = query.where(RejectedMessage.reason.icontains(text, autoescape=True))
    return session.scalars(query).all()


def count(session: Session) -> int:
    """The number of rejected messages that were not replayed."""
    query = select(func.count()).select_from(RejectedMessage).where(RejectedMessage.replayed_at.is_(None))
    return session.scalar(query) or 0


def numbered(session: Session, numbers: Collection[int]) -> Sequence[RejectedMessage]:
    """The rejected messages with these numbers; unknown numbers are left out."""
    return session.scalars(select(RejectedMessage).where(RejectedMessage.id.in_(numbers))).all()


def mark_replayed(session: Session, number: int, now: datetime) -> None:
    """Records that a message was published again."""
    session.execute(update(RejectedMessage).where(RejectedMessage.id == number).values(replayed_at=now))


def trim(session: Session, *, most_bytes: int) -> int:
    """Deletes the oldest messages until the bodies have at most `most_bytes` in total; returns their number."""
    deleted = 0
    while (session.scalar(select(func.sum(func.length(RejectedMessage.body)))) or 0) > most_bytes:
        # The latest message stays, whatever its size: it shows the current problem.
        latest = select(func.max(RejectedMessage.id)).scalar_subquery()
        oldest = select(RejectedMessage.id).where(RejectedMessage.id < latest).order_by(RejectedMessage.id)
        expired = session.scalars(oldest.limit(TRIMMED_AT_ONCE)).all()
        if not expired:
            break
        session.execute(delete(RejectedMessage).where(RejectedMessage.id.in_(expired)))
        deleted += len(expired)
    return deleted
