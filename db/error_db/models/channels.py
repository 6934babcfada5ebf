"""Silences, and the channels of notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase
from db.types import Json


class Silence(ErrorBase):
    """Mutes actions for matching incidents until it expires; the incidents are recorded."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the silence")
    matcher: Mapped[dict[str, Any]] = mapped_column(comment="The match block of a handler rule")
    owner: Mapped[str] = mapped_column(Text, comment="Person who created the silence")
    reason: Mapped[str] = mapped_column(Text, comment="Reason, one line")
    starts_at: Mapped[datetime] = mapped_column(comment="Begin")
    expires_at: Mapped[datetime] = mapped_column(index=True, comment="End")
    recurrence: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Weekly windows in which it is active, and their time zone; null if it always is"
    )
    hidden_count: Mapped[int] = mapped_column(default=0, comment="Number of action runs that it suppressed")
    created_at: Mapped[datetime] = mapped_column(comment="When it was created")


class Channel(ErrorBase):
    """A notification channel: its rate limit, whether it is broken, and its current window of single cards."""

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="notifier:channel")
    next_at: Mapped[datetime] = mapped_column(comment="Earliest time of the next message")
    full_at: Mapped[datetime] = mapped_column(comment="When the bucket of the rate limit is full again")
    failures: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Failed attempts since the last message that was accepted"
    )
    failing_since: Mapped[datetime | None] = mapped_column(comment="Time of the first of these failed attempts")
    broken_since: Mapped[datetime | None] = mapped_column(
        comment="Since when notifications wait because the channel is broken, null while it works"
    )
    reason: Mapped[str | None] = mapped_column(Text, comment="Error of the last failed attempt, one line")
    next_attempt_at: Mapped[datetime | None] = mapped_column(comment="When a broken channel is tried again")
    repaired_at: Mapped[datetime | None] = mapped_column(comment="When the channel last worked again")
    window_at: Mapped[datetime | None] = mapped_column(comment="Begin of the latest window of single cards")
    window_cards: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Cards that were sent in this window"
    )
    window_waiting: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="Whether notifications wait for the digest at the window's end"
    )
    window_services: Mapped[list[str] | None] = mapped_column(
        comment="Services that had a card of their own in this window"
    )
