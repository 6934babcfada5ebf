"""Handler rules and related tables: versions, circuit breakers, subscriptions to reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase
from db.types import Json


class HandlerRule(ErrorBase):
    """Which incidents start which action, as applied by `hinomi handlers apply`."""

    __tablename__ = "handler_rules"

    name: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Name in handlers.yaml")
    position: Mapped[int] = mapped_column(comment="Order in the file, in which rules are evaluated")
    enabled: Mapped[bool] = mapped_column(default=True, comment="False: stored, but not run")
    spec: Mapped[dict[str, Any]] = mapped_column(
        comment="match, on, action, params, mode, cooldown, budget after validation"
    )
    applied_at: Mapped[datetime] = mapped_column(comment="When it was applied")


class HandlerRuleVersion(ErrorBase):
    """The handler rules after one change."""

    __tablename__ = "handler_rule_versions"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the version")
    changed_at: Mapped[datetime] = mapped_column(comment="When the rules were changed")
    changed_by: Mapped[str] = mapped_column(Text, comment="Person or job that changed them, empty if unknown")
    source: Mapped[str] = mapped_column(String(20), comment="file, command, rollback, dashboard, or unknown")
    note: Mapped[str] = mapped_column(Text, comment="Reason of the change, one line")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(Json(), comment="All rules after the change, in their order")
    defaults: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="The block of defaults that rules inherit")
    file: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="The rules of the file that was last applied, by name"
    )
    file_defaults: Mapped[dict[str, Any] | None] = mapped_column(
        Json(), comment="The block of defaults, rotations and owners of the file that was last applied"
    )


class ReportSubscription(ErrorBase):
    """A subscription to a scheduled report: its next period, and the attempts to send it."""

    __tablename__ = "report_subscriptions"

    name: Mapped[str] = mapped_column(String(120), primary_key=True, comment="Frequency and channel")
    next_day: Mapped[date] = mapped_column(comment="First day of the next period to send")
    attempts: Mapped[int] = mapped_column(default=0, comment="Failed or interrupted attempts to send this period")
    not_before: Mapped[datetime] = mapped_column(comment="Earliest time of the next attempt; claimed until then")
    sent_at: Mapped[datetime | None] = mapped_column(comment="When the last report was sent")
    error: Mapped[str | None] = mapped_column(Text, comment="Error of the last attempt, one line, null if it succeeded")
    maybe_sent: Mapped[bool] = mapped_column(
        default=False, comment="Whether an attempt without an answer may have sent it"
    )


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
