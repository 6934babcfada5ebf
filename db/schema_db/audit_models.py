"""The table of what audit logs were told to keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.base import Base


class AuditSetting(Base):
    """For one level one kind of Data Access log was on, by every look from `since` to `until`.

    The row without service and log type says that the level's audit configuration could be read at all.
    """

    __tablename__ = "audit_settings"

    level: Mapped[str] = mapped_column(
        String(200), primary_key=True, comment="projects/P, folders/N or organizations/N, whose own configuration it is"
    )
    service: Mapped[str] = mapped_column(
        String(200), primary_key=True, comment="API, allServices, or empty: the configuration could be read"
    )
    log_type: Mapped[str] = mapped_column(
        String(40), primary_key=True, comment="ADMIN_READ, DATA_READ or DATA_WRITE; empty without service"
    )
    since: Mapped[datetime] = mapped_column(primary_key=True, comment="First look that saw it so")
    until: Mapped[datetime] = mapped_column(comment="Last look that saw it so")
    exempted: Mapped[list[str]] = mapped_column(comment="Members whose calls are not logged")
