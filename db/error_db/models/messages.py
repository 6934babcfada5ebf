"""Tables of arriving messages: rejected messages, parts of split entries, the topics of reporters."""

from __future__ import annotations

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


class SplitPart(ErrorBase):
    """One part of an audit entry that Cloud Logging split."""

    __tablename__ = "split_parts"

    uid: Mapped[str] = mapped_column(String(200), primary_key=True, comment="split.uid")
    part: Mapped[int] = mapped_column(primary_key=True, comment="split.index")
    total: Mapped[int] = mapped_column(comment="split.totalSplits")
    entry: Mapped[dict[str, Any]] = mapped_column(comment="The entry; emptied when all parts have arrived")
    received_at: Mapped[datetime] = mapped_column(index=True, comment="When it was received")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="When the entry was evaluated; the row stays to recognize a redelivery"
    )


class ReporterTopic(ErrorBase):
    """A reporter that has published to its own topic while the topic shared by all reporters is still open."""

    __tablename__ = "reporter_topics"

    reporter: Mapped[str] = mapped_column(String(60), primary_key=True, comment="Name in reporters.yaml")
    used_at: Mapped[datetime] = mapped_column(comment="When the reporter first published to its own topic")
