"""Tokens of programs that call the JSON API."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.error_db.models.base import ErrorBase


class ApiToken(ErrorBase):
    """A token with its scopes. Only a digest of it is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number of the token")
    name: Mapped[str] = mapped_column(String(60), unique=True, comment="Name that is recorded with each change")
    digest: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the token")
    scopes: Mapped[list[str]] = mapped_column(comment="What it allows: read, write, approve, badge")
    created_at: Mapped[datetime] = mapped_column(comment="When it was created")
    created_by: Mapped[str] = mapped_column(Text, comment="Person who created it")
    expires_at: Mapped[datetime] = mapped_column(comment="When it expires")
    last_used_at: Mapped[datetime | None] = mapped_column(comment="Latest use, to a minute")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="When it was revoked")
    revoked_by: Mapped[str | None] = mapped_column(Text, comment="Person who revoked it")
