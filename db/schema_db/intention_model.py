"""The table of what the platform's map has asked for, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.base import Base


class Intention(Base):
    """One thing that the platform's map asks for, as the checks saw it; what was lost before it is no change."""

    __tablename__ = "intentions"

    key: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="Hash of persona, member, layer with its patterns, and level"
    )
    persona: Mapped[str] = mapped_column(String(200), comment="Persona of the map")
    member: Mapped[str] = mapped_column(String(400), comment="Member that stands for it")
    layer: Mapped[str] = mapped_column(String(200), comment="Layer of the map")
    level: Mapped[str] = mapped_column(String(10), comment="read, write or admin")
    since: Mapped[datetime] = mapped_column(comment="First check that saw it in the map")
