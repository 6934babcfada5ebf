"""By when the next runs of jobs have to end."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class JobDeadline(SchemaBase):
    """The next run of one job: by when it has to end, and when it is likely to, as the latest check of late jobs saw it."""

    __tablename__ = "job_deadlines"
    __table_args__ = (Index("ix_job_deadlines_order_at", "order_at"),)

    service: Mapped[str] = mapped_column(String(40), primary_key=True, comment="As in job_runs")
    project: Mapped[str] = mapped_column(String(100), primary_key=True, comment="As in job_runs")
    job_name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="As in job_runs")
    order_at: Mapped[datetime] = mapped_column(comment="The deadline; while it is not known, the likely end")
    state: Mapped[str] = mapped_column(String(20), comment="on_time, late or learning")
    is_running: Mapped[bool] = mapped_column(comment="Whether the run has started")
    is_declared: Mapped[bool] = mapped_column(comment="Whether the deadline was declared, not learned")
    due_at: Mapped[datetime | None] = mapped_column(comment="When the run is due to start")
    usual_end: Mapped[datetime | None] = mapped_column(comment="When such a run usually ends")
    deadline_at: Mapped[datetime | None] = mapped_column(
        comment="By when it has to end, or ends at the latest as usual"
    )
    expected_end: Mapped[datetime | None] = mapped_column(comment="When it is likely to end")
    chance: Mapped[float | None] = mapped_column(comment="Chance from 0 to 1 that it ends after a learned deadline")
    runs: Mapped[int] = mapped_column(Integer, comment="Earlier runs from which the usual end is learned")
    known_until: Mapped[datetime] = mapped_column(comment="Until when the runs of the job were known")
    seen_at: Mapped[datetime] = mapped_column(comment="When the check saw this")
