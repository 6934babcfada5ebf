"""Tables about incoming messages: parts of split entries, and the topics of reporters."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


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
