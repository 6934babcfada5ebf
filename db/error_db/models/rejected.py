"""Rejected messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class RejectedMessage(ErrorBase):
    """A complete message that cannot be parsed."""

    __tablename__ = "rejected_messages"
    __table_args__ = (UniqueConstraint("message_id", "digest", name="uq_rejected_messages"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the rejected message")
    message_id: Mapped[str] = mapped_column(String(100), comment="Pub/Sub message id, empty when there is none")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the body")
    reason: Mapped[str] = mapped_column(Text, comment="Why it was rejected")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="HTTP body as received")
    attributes: Mapped[dict[str, Any]] = mapped_column(comment="Message attributes, if readable")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it was received")
    replayed_at: Mapped[datetime | None] = mapped_column(comment="When it was published again")
