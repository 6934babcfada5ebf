"""The table of where resources hung before they moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.base import Base


class FormerPlace(Base):
    """Where a resource hung until a snapshot saw it elsewhere; where it hangs since then is in `resources`."""

    __tablename__ = "former_places"

    resource: Mapped[str] = mapped_column(String(600), primary_key=True, comment="Full resource name")
    until: Mapped[datetime] = mapped_column(primary_key=True, comment="First snapshot that saw it elsewhere")
    ancestors: Mapped[list[str]] = mapped_column(comment="projects/…, folders/…, organizations/…, nearest first")
