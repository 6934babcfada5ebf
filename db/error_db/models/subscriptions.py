"""Subscriptions to scheduled reports."""

from datetime import date, datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class ReportSubscription(ErrorBase):
    """A subscription to a scheduled report: its next period, and the attempts to send it."""

    __tablename__ = "report_subscriptions"

    name: Mapped[str] = mapped_column(String(120), primary_key=True, comment="Frequency and channel")
    next_day: Mapped[date] = mapped_column(comment="First day of the next period to send")
    attempts: Mapped[int] = mapped_column(default=0, comment="Failed or interrupted attempts to send this period")
    not_before: Mapped[datetime] = mapped_column(comment="Earliest time of the next attempt; claimed until then")
    sent_at: Mapped[datetime | None] = mapped_column(comment="When the last report was sent")
    error: Mapped[str | None] = mapped_column(Text, comment="Error of the last attempt, one line, null if it succeeded")
    maybe_sent: Mapped[bool] = mapped_column(
        default=False, comment="Whether an attempt without an answer may have sent it"
    )
