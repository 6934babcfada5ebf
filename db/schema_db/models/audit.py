"""Calls in the audit logs, the audit configuration, and the times for which the logs were read."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class UserAction(SchemaBase):
    """Calls of one method by one principal on one resource, counted by the hour."""

    __tablename__ = "user_actions"
    __table_args__ = (
        Index("ix_user_actions_principal", "principal", "hour"),
        Index("ix_user_actions_resource", "resource", "hour"),
    )

    hour: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour")
    key: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="Hash of project, principal, method and resource"
    )
    project: Mapped[str] = mapped_column(String(100), comment="Project whose log has the calls")
    principal: Mapped[str] = mapped_column(String(300), comment="Account: e-mail address or principal://…")
    service: Mapped[str] = mapped_column(String(100), comment="API, such as storage.googleapis.com")
    method: Mapped[str] = mapped_column(String(300), comment="methodName of the audit entry")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name, as bindings have it")
    count: Mapped[int] = mapped_column(comment="Calls")
    denied: Mapped[int] = mapped_column(comment="Denied calls among them")
    first_at: Mapped[datetime] = mapped_column(comment="Time of the first call")
    last_at: Mapped[datetime] = mapped_column(comment="Time of the last call")
    networks: Mapped[list[str]] = mapped_column(default=list, comment="Caller networks (/24 or /48), at most 20")
    permissions: Mapped[list[str]] = mapped_column(default=list, comment="Permissions that were checked")


class AuditSetting(SchemaBase):
    """One log type that the audit configuration of a level enabled, at every observation from `since` to `until`.

    The row without service and log type says that the configuration was readable.
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
    since: Mapped[datetime] = mapped_column(primary_key=True, comment="First observation with these values")
    until: Mapped[datetime] = mapped_column(comment="Latest observation with these values")
    exempted: Mapped[list[str]] = mapped_column(comment="Members whose calls are not logged")


class Coverage(SchemaBase):
    """The times for which evidence is complete: readable logs, and groups with known members."""

    __tablename__ = "coverage"

    subject: Mapped[str] = mapped_column(
        String(300),
        primary_key=True,
        comment="admin_activity/LEVEL, data_access/LEVEL (such as projects/P), group/EMAIL",
    )
    since: Mapped[datetime] = mapped_column(
        primary_key=True, comment="Start of the interval in which the evidence is complete"
    )
    until: Mapped[datetime] = mapped_column(comment="End of the interval in which the evidence is complete")
