"""Rejected messages: listing, replay, and their maximum size."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from db.error_db import models
from db.tables import light_table
from db.types import UtcDateTime

TRIMMED_AT_ONCE = 5
ROW_BYTES = 500  # of a row and its entries in indexes, whatever its message: a flood of empty messages takes space too
# The first page of the dashboard counts: mapping the table for it takes longer than the count.
_COUNTED = light_table("rejected_messages", replayed_at=UtcDateTime)


def listed(
    session: Session, *, replayed: bool, since: datetime | None = None, text: str = "", limit: int | None = None
) -> Sequence[models.RejectedMessage]:
    """The rejected messages, oldest first; replayed ones only with `replayed`.

    `since` is the earliest time of arrival, `text` a part of the reason, ignoring case.
    """
    row = models.RejectedMessage
    query = select(row).order_by(row.received_at, row.id).limit(limit)
    if not replayed:
        query = query.where(row.replayed_at.is_(None))
    if since:
        query = query.where(row.received_at >= since)
    if text:
        query = query.where(row.reason.icontains(text, autoescape=True))
    return session.scalars(query).all()


def count(session: Session) -> int:
    """The number of rejected messages that were not replayed."""
    query = select(func.count()).select_from(_COUNTED).where(_COUNTED.c.replayed_at.is_(None))
    return session.scalar(query) or 0


def numbered(session: Session, numbers: Collection[int]) -> Sequence[models.RejectedMessage]:
    """The rejected messages with these numbers; unknown numbers are ignored."""
    return session.scalars(select(models.RejectedMessage).where(models.RejectedMessage.id.in_(numbers))).all()


def mark_replayed(session: Session, number: int, now: datetime) -> None:
    """Records that a message was published again."""
    session.execute(update(models.RejectedMessage).where(models.RejectedMessage.id == number).values(replayed_at=now))


def trim(session: Session, *, most_bytes: int) -> int:
    """Deletes the oldest messages until the rest has at most `most_bytes`; returns the number of deleted messages.

    A message takes the bytes of its body, reason and attributes, and ROW_BYTES.
    """
    row, deleted = models.RejectedMessage, 0
    texts = func.length(row.reason) + func.length(cast(row.attributes, Text))
    taken = select(func.sum(func.length(row.body) + texts) + func.count() * ROW_BYTES, func.count())
    while True:
        size, messages = session.execute(taken.select_from(row)).one()
        if (size or 0) <= most_bytes:
            return deleted
        # The latest message stays, whatever its size: it shows the current problem.
        latest = select(func.max(row.id)).scalar_subquery()
        oldest = select(row.id).where(row.id < latest).order_by(row.id)
        expired = session.scalars(oldest.limit(max(TRIMMED_AT_ONCE, messages // 100))).all()
        if not expired:
            return deleted
        session.execute(delete(row).where(row.id <= expired[-1]))
        deleted += len(expired)
