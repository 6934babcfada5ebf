"""Stored reports, so that a page opens them without reading weeks of history."""

from datetime import date, datetime

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class KeptReport(SchemaBase):
    """The report on the latest complete period of its kind."""

    __tablename__ = "kept_reports"

    frequency: Mapped[str] = mapped_column(String(20), primary_key=True, comment="daily or weekly")
    first: Mapped[date] = mapped_column(Date, comment="First day of the period")
    zone: Mapped[str] = mapped_column(String(100), comment="IANA name of the zone of its days")
    made_at: Mapped[datetime] = mapped_column(comment="When it was made: it contains what was known then")
    content: Mapped[str] = mapped_column(Text, comment="The report as JSON")
