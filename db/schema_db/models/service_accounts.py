"""Service accounts and their keys."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import SchemaBase


class ServiceAccount(SchemaBase):
    """A service account as of the latest snapshot."""

    __tablename__ = "service_accounts"

    email: Mapped[str] = mapped_column(String(300), primary_key=True, comment="E-mail address")
    project: Mapped[str] = mapped_column(String(100), index=True, comment="Its project")
    display_name: Mapped[str] = mapped_column(Text, default="", comment="Display name")
    disabled: Mapped[bool] = mapped_column(default=False, comment="Whether it is disabled")
    first_seen_at: Mapped[datetime] = mapped_column(comment="First snapshot that saw it")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last snapshot that saw it")
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="Latest known authentication; null means unknown, not never"
    )


class ServiceAccountKey(SchemaBase):
    """A user-managed key of a service account."""

    __tablename__ = "service_account_keys"

    name: Mapped[str] = mapped_column(String(400), primary_key=True, comment="projects/P/serviceAccounts/E/keys/K")
    email: Mapped[str] = mapped_column(String(300), index=True, comment="Its account")
    created_at: Mapped[datetime] = mapped_column(comment="Valid after")
    expires_at: Mapped[datetime | None] = mapped_column(comment="Valid before")
    disabled: Mapped[bool] = mapped_column(default=False, comment="Whether it is disabled")
    first_seen_at: Mapped[datetime] = mapped_column(comment="First snapshot that saw it")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last snapshot that saw it")
    last_used_at: Mapped[datetime | None] = mapped_column(comment="Latest known use; null means unknown, not never")
