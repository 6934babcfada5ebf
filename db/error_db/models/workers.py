"""Workers on-premises and their messages about orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import db.error_db.models.runs  # noqa: F401 - the table of the foreign key
from db.error_db.models.base import ErrorBase


class ScriptWorkerRow(ErrorBase):
    """A worker on-premises as of its latest message."""

    __tablename__ = "script_workers"

    name: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Name of the worker")
    seen_at: Mapped[datetime] = mapped_column(comment="When it was last heard of")
    is_subscribed: Mapped[bool] = mapped_column(comment="Whether it has a subscription, rather than the database")
    scripts: Mapped[list[str]] = mapped_column(default=list, comment="Names of the scripts that it declares")


class WorkerMachineRow(ErrorBase):
    """A machine on which a worker runs, with its last heartbeat; the machines of one worker share its orders."""

    __tablename__ = "worker_machines"

    worker: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Name of the worker")
    machine: Mapped[str] = mapped_column(
        String(200), primary_key=True, comment="Name of the machine, and the folder of its state"
    )
    alive_since: Mapped[datetime] = mapped_column(comment="Since when it is heard of without a gap")
    seen_at: Mapped[datetime] = mapped_column(comment="When it was last heard of")
    is_subscribed: Mapped[bool] = mapped_column(comment="Whether it has a subscription, rather than the database")
    scripts: Mapped[list[str]] = mapped_column(default=list, comment="Names of the scripts that it declares")


class WorkerAnswerRow(ErrorBase):
    """The latest state of an order that its worker reported; a final state is not overwritten."""

    __tablename__ = "worker_answers"

    order_id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Id of the order, the key of the run")
    run_id: Mapped[int] = mapped_column(
        ForeignKey("action_runs.id", ondelete="CASCADE"), index=True, comment="Run that the order is for"
    )
    worker: Mapped[str] = mapped_column(String(40), comment="Name of the worker")
    state: Mapped[str] = mapped_column(String(20), comment="started, ended, refused or unknown")
    time: Mapped[datetime] = mapped_column(comment="When the worker said so")
    exit: Mapped[int | None] = mapped_column(Integer, comment="Exit code; null unless it ended")
    output: Mapped[str] = mapped_column(Text, default="", comment="Output, redacted")
    milliseconds: Mapped[int] = mapped_column(Integer, default=0, comment="How long it ran")
    timed_out: Mapped[bool] = mapped_column(default=False, comment="Whether it was killed at its time limit")
    reason: Mapped[dict[str, Any] | None] = mapped_column(comment="Why it was refused, by language")
