"""Action runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import db.error_db.models.incidents  # noqa: F401 - the table of foreign keys
from db.error_db.models.base import DECIDED, PENDING, SILENCED_RUNS, UNDOES, VERIFIED_LATER, ErrorBase
from db.types import Json, partial_index


class ActionRun(ErrorBase):
    """One execution of an action, recorded before and after."""

    __tablename__ = "action_runs"
    __table_args__ = (
        UniqueConstraint("incident_id", "handler_rule", "trigger", "cause", name="uq_action_runs_cause"),
        partial_index("ix_action_runs_due", "not_before", where=PENDING),
        partial_index("ix_action_runs_verify", "verify_at", where=VERIFIED_LATER),
        partial_index("ix_action_runs_undo_of", "undo_of", where=UNDOES),
        partial_index("ix_action_runs_silenced", "incident_id", where=SILENCED_RUNS),
        partial_index("ix_action_runs_decided", "incident_id", where=DECIDED),
        Index("ix_action_runs_action", "action", "target", "finished_at"),
        Index("ix_action_runs_target", "handler_rule", "target", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the run")
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), index=True, comment="Incident that it belongs to"
    )
    occurrence_id: Mapped[int | None] = mapped_column(
        ForeignKey("occurrences.id", ondelete="SET NULL"), index=True, comment="Occurrence that caused it"
    )
    number_before: Mapped[int | None] = mapped_column(
        comment="Number of its incident before others were merged with it, null if none was since"
    )
    handler_rule: Mapped[str] = mapped_column(String(100), comment="Handler rule that planned it")
    trigger: Mapped[str] = mapped_column(String(20), comment="opened, reoccurred, escalated or resolved")
    cause: Mapped[str] = mapped_column(String(300), comment="Event key of the trigger: one run for each")
    action: Mapped[str] = mapped_column(String(60), comment="Name of the action")
    target: Mapped[str] = mapped_column(Text, comment="Target of the action; cooldowns are per target")
    params: Mapped[dict[str, Any]] = mapped_column(comment="Parameters after validation")
    mode: Mapped[str] = mapped_column(String(10), comment="dry_run or auto")
    state: Mapped[str] = mapped_column(String(10), comment="planned, running, done, failed or skipped")
    reason: Mapped[str | None] = mapped_column(String(40), comment="Reason code of a skipped run")
    decision: Mapped[list[dict[str, Any]] | None] = mapped_column(
        Json(), comment="Result of each stage of the decision: stage, reason, whether it stops the run, values"
    )
    approval: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Who may approve, for how many seconds, and the plan by language; null if no approval is needed"
    )
    approval_until: Mapped[datetime | None] = mapped_column(
        comment="Until when it waits for approval, null before the plan is known"
    )
    decided_by: Mapped[str | None] = mapped_column(
        Text, comment="Person who approved or denied it, empty if the time limit denied it"
    )
    decided_at: Mapped[datetime | None] = mapped_column(comment="When it was approved or denied")
    held_until: Mapped[datetime | None] = mapped_column(
        comment="Begin of the hours of its rule, if it was planned outside them; then it shares a digest"
    )
    not_before: Mapped[datetime] = mapped_column(comment="Earliest time of the next attempt")
    attempts: Mapped[int] = mapped_column(default=0, comment="Number of attempts")
    worker: Mapped[str | None] = mapped_column(
        String(40), comment="Worker beside a system on-premises that takes the run, null for the function"
    )
    lease_owner: Mapped[str | None] = mapped_column(String(100), comment="Worker that is running it")
    lease_until: Mapped[datetime | None] = mapped_column(
        comment="End of the lease; afterwards another worker may claim the run"
    )
    result: Mapped[str | None] = mapped_column(Text, comment="Result, one line")
    error: Mapped[str | None] = mapped_column(Text, comment="Error of the last attempt, one line")
    undo: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="How to undo the change")
    details: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Further results, such as the translations of the texts"
    )
    plan: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="Plan of a remediation: calls, precondition, state before; null for other actions"
    )
    after: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="State of the target when the remediation was verified"
    )
    verdict: Mapped[str | None] = mapped_column(
        String(20), comment="Whether the remediation fixed the fault: fixed, not_fixed, not_yet, by_event or unverified"
    )
    verify_at: Mapped[datetime | None] = mapped_column(
        comment="When the remediation is verified again, null if it is not"
    )
    refusal: Mapped[str | None] = mapped_column(
        String(40), comment="Why the remediation refused to change the target, such as target_not_found"
    )
    undo_of: Mapped[int | None] = mapped_column(comment="Number of the run that it undoes, null for other runs")
    undone_at: Mapped[datetime | None] = mapped_column(comment="When the run was undone, null if it was not")
    created_at: Mapped[datetime] = mapped_column(comment="When it was planned")
    started_at: Mapped[datetime | None] = mapped_column(comment="When it was last claimed")
    finished_at: Mapped[datetime | None] = mapped_column(comment="When it was done, failed or skipped")
