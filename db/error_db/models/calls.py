"""Calls of action runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import db.error_db.models.runs  # noqa: F401 - the table of foreign keys
from db.error_db.models.base import ErrorBase
from db.types import Json


class ActionCall(ErrorBase):
    """One call of a remediation that changes something, recorded before it is made."""

    __tablename__ = "action_calls"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the call")
    run_id: Mapped[int] = mapped_column(
        ForeignKey("action_runs.id", ondelete="CASCADE"), index=True, comment="Run that made it"
    )
    attempt: Mapped[int] = mapped_column(comment="Attempt of the run, from 1")
    method: Mapped[str] = mapped_column(String(20), comment="HTTP method, or what kind of call it was")
    resource: Mapped[str] = mapped_column(Text, comment="URL without its query, or what was called")
    body: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="Summary of the body, redacted")
    effect: Mapped[str] = mapped_column(
        String(10), default="unknown", comment="made, none, or unknown if no answer arrived"
    )
    status: Mapped[int | None] = mapped_column(comment="HTTP status or exit code of the answer")
    answer: Mapped[str | None] = mapped_column(Text, comment="Message of the answer, one line")
    called_at: Mapped[datetime] = mapped_column(comment="When it was recorded, before the call")
    answered_at: Mapped[datetime | None] = mapped_column(comment="When the answer arrived")
