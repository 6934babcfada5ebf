"""Circuit breakers of handler rules."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class BreakerRow(ErrorBase):
    """The circuit breaker of a handler rule whose remediations failed."""

    __tablename__ = "breakers"

    handler_rule: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Handler rule")
    failures: Mapped[int] = mapped_column(default=0, comment="Failed runs in a row")
    reason: Mapped[str | None] = mapped_column(Text, comment="Why it is open, one line")
    reason_ja: Mapped[str | None] = mapped_column(Text, comment="The reason in Japanese")
    opened_at: Mapped[datetime | None] = mapped_column(comment="Since when the rule is stopped, null while it is not")
    retry_at: Mapped[datetime | None] = mapped_column(comment="When one run may try again")
    trial_run: Mapped[int | None] = mapped_column(comment="Number of the run that tries")
