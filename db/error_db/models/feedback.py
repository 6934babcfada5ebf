"""Feedback of people on learned alarms."""

from datetime import datetime

from sqlalchemy import Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class AlarmFeedback(ErrorBase):
    """One person's feedback on the alarms of one fingerprint; the latest active feedback applies."""

    __tablename__ = "alarm_feedback"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the feedback")
    fingerprint: Mapped[str] = mapped_column(String(64), index=True, comment="Fault that it is about")
    incident_id: Mapped[int] = mapped_column(comment="Incident on which it was given")
    verdict: Mapped[str] = mapped_column(String(20), comment="expected, new_normal, never or real")
    since: Mapped[datetime] = mapped_column(comment="Begin of the alarm that it is about")
    until: Mapped[datetime] = mapped_column(comment="End of that alarm, as known then")
    low: Mapped[float | None] = mapped_column(Float, comment="Lowest value that is normal now; null without a limit")
    high: Mapped[float | None] = mapped_column(Float, comment="Highest value that is normal now; null without a limit")
    reason: Mapped[str] = mapped_column(Text, comment="Why")
    created_by: Mapped[str] = mapped_column(String(200), comment="Who said so")
    created_at: Mapped[datetime] = mapped_column(comment="When")
    ended_at: Mapped[datetime | None] = mapped_column(comment="When it was taken back; null while it applies")
