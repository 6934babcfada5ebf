"""The marks of changed days."""

from datetime import date

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase


class ChangedDay(SchemaBase):
    """A day whose rows changed after they were last copied to BigQuery; copying it again is always safe.

    Writers only insert marks, so that two writers never wait for each other.
    """

    __tablename__ = "changed_days"
    # The migration makes SQLite reuse no number, so that deleting marks by number cannot delete newer ones.
    __table_args__ = (Index("ix_changed_days_day", "name", "day"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the mark")
    name: Mapped[str] = mapped_column(String(40), comment="Table whose rows changed")
    day: Mapped[date] = mapped_column(Date, comment="UTC day of the rows; 1970-01-01 for series")
