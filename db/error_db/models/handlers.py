"""Handler rules and their versions."""

from datetime import datetime
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
