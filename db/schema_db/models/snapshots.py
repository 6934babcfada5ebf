"""The runs of the collectors."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase
from db.types import Json, partial_index

LEASED = text("lease_owner IS NOT NULL")


class Snapshot(SchemaBase):
    """One run of one collector over one scope (a project, a folder, an organization, an Airflow)."""

    __tablename__ = "snapshots"
    __table_args__ = (
        UniqueConstraint("collector", "scope", "slot", name="uq_snapshots_slot"),
        # Allows one running snapshot for each scope.
        partial_index("uq_snapshots_leased", "collector", "scope", unique=True, where=LEASED),
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the snapshot")
    collector: Mapped[str] = mapped_column(String(60), comment="Name of the collector, such as bigquery.jobs")
    scope: Mapped[str] = mapped_column(
        String(200), comment="Scope that it read: projects/P, folders/N, organizations/N, airflow/NAME"
    )
    slot: Mapped[datetime] = mapped_column(comment="Start of the interval of the run; a repeated run has the same")
    window_start: Mapped[datetime | None] = mapped_column(comment="Start of the time window that was read")
    window_end: Mapped[datetime | None] = mapped_column(comment="End of the time window that was read")
    state: Mapped[str] = mapped_column(String(10), comment="running, done or failed")
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Position at which the next attempt continues after a crash or a timeout"
    )
    row_count: Mapped[int] = mapped_column(default=0, comment="Rows written")
    api_calls: Mapped[int] = mapped_column(default=0, comment="Calls made")
    bytes_billed: Mapped[int] = mapped_column(
        default=0, comment="Bytes that BigQuery billed for the collector's queries"
    )
    attempts: Mapped[int] = mapped_column(Integer, default=0, comment="Number of claims")
    stalls: Mapped[int] = mapped_column(Integer, default=0, comment="Consecutive claims that wrote nothing")
    lease_until: Mapped[datetime | None] = mapped_column(
        comment="Wall clock; end of the lease, after which another instance may claim it"
    )
    lease_owner: Mapped[str | None] = mapped_column(String(100), comment="Instance that is running it")
    started_at: Mapped[datetime] = mapped_column(comment="Wall clock of the first start")
    taken_at: Mapped[datetime | None] = mapped_column(comment="Wall clock of the latest start")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Wall clock of the end")
    error: Mapped[str | None] = mapped_column(Text, comment="Error of a failed run, one line")
