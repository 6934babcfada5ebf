"""The cost of BigQuery by day."""

from datetime import date

from sqlalchemy import Date, Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class CostDay(SchemaBase):
    """The cost of BigQuery on one UTC day by one dimension, the sums of its runs."""

    __tablename__ = "cost_days"

    dimension: Mapped[str] = mapped_column(
        String(100), primary_key=True, comment="user, job, dataset, label:NAME, or empty for the whole day"
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="UTC day")
    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="User, job, dataset or value of the label")
    runs: Mapped[float] = mapped_column(Float, comment="Runs; one that reads several datasets is divided among them")
    bytes_billed: Mapped[float] = mapped_column(Float, comment="Bytes billed on demand")
    slot_hours: Mapped[float] = mapped_column(Float, comment="Slot-hours")
    reserved_slot_hours: Mapped[float] = mapped_column(Float, comment="Slot-hours in reservations")
